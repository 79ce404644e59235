/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the files of encode.h share: the functions of its table of kinds. Nobody else includes this.
 */
#include "host/windows/encode/encode.h"

bool encode_certificate(const struct item *want, enum encode_holder holder, struct encoded *out,
    struct err *err) MUST_CHECK;
void encode_express_proxy(struct item *want, const char *release, struct arena *arena);
bool encode_proxy(const struct item *want, enum encode_holder holder, struct encoded *out,
    struct err *err) MUST_CHECK;
void encode_express_list(struct item *want, const char *release, struct arena *arena);
bool encode_list(const struct item *want, enum encode_holder holder, struct encoded *out,
    struct err *err) MUST_CHECK;
bool encode_update(const struct item *want, enum encode_holder holder, struct encoded *out,
    struct err *err) MUST_CHECK;
