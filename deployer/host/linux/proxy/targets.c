/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/proxy/targets.h"

#define PATHS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text), more = strlen(end);

	return size >= more && strcmp(text + size - more, end) == 0;
}

/* conf_files_list() of systemd. */
static bool is_conf(const char *name)
{
	return *name != '.' && ends_with(name, ".conf");
}

/* GetListOfFilesInDir() of apt: "conf" or no extension, from a small alphabet. */
static bool is_apt_part(const char *name)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                               "0123456789_-.";

	return *name != '.' && strspn(name, alphabet) == strlen(name) &&
	       (!strchr(name, '.') || ends_with(name, ".conf"));
}

/* Our parts are named "99-trust…": behind the numbers that people use, and behind
 * systemd's own 99-environment.conf, which is /etc/environment once more. */
const struct target targets[] = {
    {
        .id = TARGET_ENVIRONMENT,
        .about = "no /etc",
        .marks = PATHS("/etc"),
        .places = {.files = PATHS("/etc/environment"), .parse = proxy_parse_environment},
        .settle = proxy_settle_variables,
        .dialect = PROXY_NO_PROXY,
        .takes_effect = "new processes",
        .edits = proxy_edit_environment,
        .unsayable = "#",
    },
    {
        .id = TARGET_ENVIRONMENT_D,
        .about = "no systemd user manager",
        .marks = PATHS("/etc/environment.d", "/usr/lib/environment.d",
            "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"),
        .places = {.folders = PATHS("/etc/environment.d", "/run/environment.d",
                       "/usr/local/lib/environment.d", "/usr/lib/environment.d"),
            .is_part = is_conf,
            .parse = proxy_parse_environment_d},
        .settle = proxy_settle_variables,
        .dialect = PROXY_NO_PROXY,
        .takes_effect = "new processes",
        .part = "/etc/environment.d/99-trust-deployer-proxy.conf",
        .comment = "#",
        .write = proxy_write_environment_d,
        .unsayable = "",
    },
    {
        .id = TARGET_SYSTEMD,
        .about = "no systemd",
        .marks = PATHS("/usr/lib/systemd/systemd", "/lib/systemd/systemd",
            "/etc/systemd/system.conf", "/etc/systemd/system.conf.d"),
        .places = {.files = PATHS("/etc/systemd/system.conf", "/run/systemd/system.conf",
                       "/usr/local/lib/systemd/system.conf", "/usr/lib/systemd/system.conf"),
            .folders = PATHS("/etc/systemd/system.conf.d", "/run/systemd/system.conf.d",
                "/usr/local/lib/systemd/system.conf.d", "/usr/lib/systemd/system.conf.d",
                "/lib/systemd/system.conf.d"),
            .is_part = is_conf,
            .parse = proxy_parse_manager},
        .settle = proxy_settle_variables,
        .dialect = PROXY_NO_PROXY,
        .takes_effect = "reboot",
        .effect = "services see a change after systemctl daemon-reexec and their own restart",
        .part = "/etc/systemd/system.conf.d/99-trust-deployer-proxy.conf",
        .part_private = true,
        .comment = "#",
        .write = proxy_write_manager,
        .unsayable = "",
    },
    {
        .id = TARGET_APT,
        .about = "no apt",
        .marks = PATHS("/etc/apt"),
        .places = {.files = PATHS("/etc/apt/apt.conf"),
            .files_last = true,
            .main_of = proxy_apt_main,
            .folders = PATHS("/etc/apt/apt.conf.d"),
            .is_part = is_apt_part,
            .parse = proxy_parse_apt},
        .settle = proxy_settle_apt,
        .dialect = PROXY_EXACT,
        .takes_effect = "at once",
        .edits = proxy_edit_apt,
        .part = "/etc/apt/apt.conf.d/99trust-deployer-proxy",
        .part_private = true,
        .comment = "//",
        .write = proxy_write_apt,
        .unsayable = "\"",
    },
    {
        .id = TARGET_DNF,
        .about = "no dnf or yum",
        .marks = PATHS("/etc/dnf", "/etc/yum.conf"),
        .places = {.files = PATHS("/etc/dnf/dnf.conf", "/etc/yum.conf"), .parse = proxy_parse_dnf},
        .settle = proxy_settle_dnf,
        .dialect = PROXY_NO_LIST,
        .takes_effect = "at once",
        .edits = proxy_edit_dnf,
    },
    {
        .id = TARGET_ZYPPER,
        .about = "no zypper",
        .marks = PATHS("/etc/sysconfig/proxy"),
        .suse_mark = "/etc/zypp",
        .places = {.files = PATHS("/etc/sysconfig/proxy"), .parse = proxy_parse_env_file},
        .settle = proxy_settle_sysconfig,
        .dialect = PROXY_NO_PROXY,
        .takes_effect = "at once",
        .edits = proxy_edit_sysconfig,
        .unsayable = "\"\\$`",
    },
};

const size_t target_count = COUNT(targets);

const struct target *target_of(enum proxy_target id)
{
	for (size_t i = 0; i < target_count; i++)
		if (targets[i].id == id)
			return &targets[i];
	return NULL;
}

static bool is_suse(const struct facts *facts)
{
	const char *distribution = facts_value(facts, FACT_DISTRIBUTION);

	return distribution &&
	       (strstr(distribution, "suse") || strncmp(distribution, "sle", 3) == 0);
}

bool target_is_here(struct host *host, const struct target *target)
{
	for (const char *const *mark = target->marks; *mark; mark++)
		if (file_type(&host->root, *mark) != FILE_ABSENT)
			return true;
	return target->suse_mark && is_suse(&host->facts) &&
	       file_type(&host->root, target->suse_mark) != FILE_ABSENT;
}

const char *target_place(const struct target *target)
{
	return target->places.files ? target->places.files[0] : target->places.folders[0];
}
