/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How many flipped bits a file is tried with. The sanitizers are what sees the harm that one does:
 * without them a tenth has to do.
 */
#ifdef __SANITIZE_ADDRESS__
enum { FLIPS = 10000 };
#else
enum { FLIPS = 1000 };
#endif
