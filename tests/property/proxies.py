# SPDX-License-Identifier: Apache-2.0
"""Proxies on hosts: quirks in the consumers' files, and what each consumer makes of its file.

apt and dnf are asked themselves (apt-config, dnf's own library). For pam_env, systemd and zypper there
are small models, since none of them reads files below another root: of pam_env 1.5 its comments,
quotes and its limit of a line; of systemd's DefaultEnvironment= quotes and specifiers.
"""
import os
import re
import subprocess

from quirks import quirk

ALL = ("debian", "alpine", "fedora", "suse", "arch", "none")
SECRET = "s3cret"
ENVIRONMENT = "/etc/environment"
APT = "/etc/apt/apt.conf.d"
SYSTEMD = "/etc/systemd/system.conf.d"
LINE_MAX = 8192  # pam_env passes over lines from here on


def lines_quirk(name, path, *choices):
    def lines(host):
        host.write(path, host.rng.choice(choices))
    quirk(ALL, f"proxy-{name}")(lines)


lines_quirk("environment", ENVIRONMENT, 'http_proxy="http://old.example:3128"\n',
            'PATH="/usr/bin"\nhttp_proxy=http://old.example:3128\nHTTP_PROXY=http://other.example:1\n',
            "export https_proxy=old.example:8080\n", "no_proxy=localhost\nhttp_proxy=http://old.example:3128/\n")
lines_quirk("lower-case-only", ENVIRONMENT, "http_proxy=http://old.example:3128\n")
lines_quirk("all-proxy", ENVIRONMENT, "all_proxy=socks5://old.example:1080\n", "ALL_PROXY=http://old.example:1\n")
lines_quirk("log-in", ENVIRONMENT, f'http_proxy="http://user:{SECRET}@p.example:3128"\n',
            f"https_proxy=http://user:{SECRET}@p.example:3128\nhttp_proxy=http://user:{SECRET}@p.example:3128\n")
lines_quirk("log-in-cut", ENVIRONMENT, f'http_proxy="http://user:{SECRET}#1@p.example:3128"\n',
            f"HTTP_PROXY='http://user:{SECRET}\"@p.example:3128'\n", f"http_proxy=user:{SECRET}#@p.example:1\n",
            f"http_proxy=http://user:{SECRET}%40x@p.example:3128\n")
lines_quirk("environment-odd", ENVIRONMENT, "\ufeffhttp_proxy=http://old.example:3128\n",
            "http_proxy=http://old.example:3128\r\n", "http_proxy=http://old.example:3128 # ours\n",
            "no newline at the end", "\0\1\2\n", f"no_proxy={'h.example,' * 1000}\n", "")
lines_quirk("environment-missing", "/etc/environment.unused", "")
lines_quirk("apt", f"{APT}/50corp", 'Acquire::http::Proxy "http://old.example:3128";\n',
            'Acquire::http::Proxy "false";\n', 'Acquire::http::Proxy "DIRECT";\n',
            'Acquire { http { Proxy "http://old.example:3128/"; }; https::Proxy "http://o.example:1"; };\n')
lines_quirk("apt-late", f"{APT}/zz-local", 'Acquire::http::Proxy "http://old.example:3128";\n')
lines_quirk("apt-host", f"{APT}/50corp", 'Acquire::http::Proxy::ppa.local "http://other.example:3128";\n',
            'Acquire::http::Proxy::ppa.local "DIRECT";\nAcquire::http::Proxy "http://old.example:1";\n')
lines_quirk("apt-odd", f"{APT}/50corp", 'Acquire::http::Proxy "old.example:3128";\n',
            'Acquire::http::Proxy "HTTP://old.example:3128";\n', 'Acquire::http::Proxy http://x.example;\n',
            'Acquire::http::Proxy "http://x.example:1"\nAPT::Color "0";\n', 'Acquire { http { \n', '"";;;}\n')
lines_quirk("apt-log-in", f"{APT}/50corp", f'Acquire::http::Proxy "http://user:{SECRET}@p.example:3128";\n')
lines_quirk("dnf", "/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n", "[main]\nproxy=http://old.example:3128\n",
            "[main]\nproxy=\n", "[main]\nproxy=_none_\n", "[main]\nproxy = 'http://old.example:3128'\n",
            "[main]\nproxy=_NONE_\n", "[main]\nproxy=None\n")
lines_quirk("dnf-odd", "/etc/dnf/dnf.conf", "[main] # ours\nproxy=http://old.example:3128\n",
            "\ufeff[main]\nproxy=http://old.example:3128\n", "proxy=http://old.example:3128\n")
lines_quirk("dnf-log-in", "/etc/dnf/dnf.conf",
            f"[main]\nproxy=http://p.example:3128\nproxy_username=user\nproxy_password={SECRET}\n")
lines_quirk("systemd", f"{SYSTEMD}/50.conf", '[Manager]\nDefaultEnvironment="http_proxy=http://old.example:1"\n',
            "[Manager]\nDefaultEnvironment=http_proxy=http://old.example:1 no_proxy=x\n",
            f'[Manager]\nDefaultEnvironment="http_proxy=http://user:{SECRET}%40x@old.example:1"\n')
lines_quirk("zypper", "/etc/sysconfig/proxy", 'PROXY_ENABLED="no"\nHTTP_PROXY=""\n',
            'PROXY_ENABLED="yes"\nHTTP_PROXY="http://old.example:3128"\nNO_PROXY="localhost"\n')


@quirk(ALL)
def proxy_environment_is_link(host):
    host.write("/opt/environment", "LANG=C\n")
    host.remove(ENVIRONMENT)
    host.link("/opt/environment", ENVIRONMENT)


@quirk(ALL)
def proxy_environment_gone(host):
    host.remove(ENVIRONMENT)


# --- what the consumers make of it: {"http": "host:port", "https": …, "all": …, "log-in": …} ---


def server(value):
    """(host:port, log-in) of a proxy's URL."""
    value = re.sub(r"^[a-z0-9]+://", "", value.strip(), flags=re.I).rstrip("/")
    user, _, place = value.rpartition("@")
    return place, user


def from_variables(variables):
    out = {}
    for scheme, names in (("http", ("http_proxy",)), ("https", ("https_proxy", "HTTPS_PROXY")),
                          ("all", ("all_proxy", "ALL_PROXY"))):
        value = next((variables[name] for name in names if variables.get(name)), "")
        if value:
            out[scheme], user = server(value)
            if user:
                out["log-in"] = user
    bypassed = variables.get("no_proxy", "").count("host-")
    return dict(out, bypassed=bypassed) if bypassed else out


def pam_env(host):
    """What a login gets."""
    if not host.exists(ENVIRONMENT):
        return {}
    real = host.root + os.readlink(host.real(ENVIRONMENT)) if os.path.islink(host.real(ENVIRONMENT)) \
        else host.real(ENVIRONMENT)
    variables = {}
    with open(real, "rb") as file:
        for line in file.read().split(b"\n"):
            if len(line) >= LINE_MAX - 1 or b"\0" in line:
                continue
            line = line.decode("utf-8", "replace").strip().split("#")[0].rstrip()
            line = line[7:] if line.startswith("export ") else line
            key, equals, value = line.partition("=")
            if not equals or not re.fullmatch(r"\w+", key, re.A):
                continue
            value = value[1:] if value[:1] in "\"'" and value else value
            variables[key] = value[:-1] if value[-1:] in "\"'" and value else value
    return from_variables(variables)


def apt(host):
    """apt's own reader; None where it refuses its configuration."""
    if not os.path.isdir(host.real("/etc/apt")):
        return {}
    first = f"{host.root}/run/apt.conf"  # is read before all others, and says where those are
    with open(first, "w") as file:
        file.write(f'Dir "{host.root}";\n')
    done = subprocess.run(["apt-config", "dump", "--format", "%F=%v%n"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin", "APT_CONFIG": first})
    if done.returncode != 0:
        return None
    values = dict(line.partition("=")[::2] for line in done.stdout.decode("utf-8", "replace").splitlines())
    out = {}
    for scheme in ("http", "https"):
        value = values.get(f"Acquire::{scheme}::Proxy") or \
            (values.get("Acquire::http::Proxy", "") if scheme == "https" else "")
        if value and value.upper() != "DIRECT" and value.lower() not in ("false", "none"):
            out[scheme], user = server(value)
            if user:
                out["log-in"] = user
    return out


def dnf(host):
    """dnf's own reader."""
    path = host.real("/etc/dnf/dnf.conf")
    if not os.path.exists(path):
        return {}
    import dnf.conf  # not everywhere installed
    conf = dnf.conf.Conf()
    try:
        conf.read(path)
    except Exception:
        return None
    out = {}
    if conf.proxy and conf.proxy.lower() != "_none_":  # which libdnf takes for none when it connects
        out["http"], user = server(conf.proxy)
        out["https"] = out["http"]
        if user or conf.proxy_username:
            out["log-in"] = user or f"{conf.proxy_username}:{conf.proxy_password}"
    return out


def zypper(host):
    path = host.real("/etc/sysconfig/proxy")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8", errors="replace") as file:
        values = dict(re.findall(r'^\s*(\w+)=["\']?([^"\'\n]*)', file.read(), re.M))
    if values.get("PROXY_ENABLED") != "yes":
        return {}
    return from_variables({f"{key.split('_')[0].lower()}_proxy": value for key, value in values.items()
                           if key in ("HTTP_PROXY", "HTTPS_PROXY")})


CONSUMERS = {"environment": pam_env, "apt": apt, "dnf": dnf, "zypper": zypper}


def effective(host):
    """{target: its consumer's setting, or None where it refuses its files}"""
    out = {}
    for target, read in CONSUMERS.items():
        try:
            out[target] = read(host)
        except ImportError:
            pass
    return out
