/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in an image of a system for the distribution's own tool. Such an image holds no programs
 * that a test could run in it, so the test outside of it does the work:
 *
 *     /run/tool-asked     a FIFO: one byte, written here, says that the tool is wanted
 *     /run/tool-answer    a FIFO: one byte, the exit status to end with
 *
 * Linked statically, for it runs with the image as its root folder.
 */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
	int asked = open("/run/tool-asked", O_WRONLY | O_CLOEXEC), answer;
	unsigned char status = 0;

	if (asked < 0 || write(asked, "?", 1) != 1)
		return 99;
	close(asked);
	answer = open("/run/tool-answer", O_RDONLY | O_CLOEXEC);
	if (answer < 0 || read(answer, &status, 1) != 1)
		return 99;
	return status;
}
