# SPDX-License-Identifier: Apache-2.0
"""Generated policies, and what each of them asks for."""

BUNDLES = {"example.a": (0, 3), "example.b": (3, 8)}  # plain certificates of the pool, as a slice
HEAD = "schema_version: 1\nname: {name}\n"


class Policy:
    """The text of a policy, and what it asks for, in words that a test can compare."""

    def __init__(self, host):
        self.host, self.rng = host, host.rng
        self.present, self.distrusted, self.absent = set(), set(), set()
        self.absent_unowned = set()  # also where somebody else put them there
        self.undeclared, self.unowned = "keep", False
        self.proxy = None            # {"http": …, "https": …} or {} for direct
        self.credentials, self.bypassed = None, 0
        self.bundles, self.certificates, self.rest = set(), [], ""
        self.missing = set()         # bundles that the policy needs and that are not there
        self.parts = []

    def certificate(self, store, state, digest, bundle=None, more=""):
        rule = f"  - store: {store}\n    state: {state}\n    sha256: {digest}\n"
        if any(digest in other for other in self.certificates):
            return False
        if bundle:
            self.bundles.add(bundle)
            rule += f"    bundle: {bundle}\n"
        self.certificates.append(rule + more)
        return True

    def text(self, name="generated"):
        out = HEAD.format(name=name)
        if self.bundles:
            out += "bundles:\n" + "".join(f"  - id: {one}\n" for one in sorted(self.bundles))
        if self.certificates:
            out += "certificates:\n" + "".join(self.certificates)
        return out + self.rest

    def asks_away(self, owned):
        """Fingerprints that may lose trust, given those that we put there: (fingerprint) -> bool."""
        def allowed(digest):
            if digest in self.distrusted:
                return True
            if digest in self.absent and (digest in owned or digest in self.absent_unowned):
                return True
            if self.missing:  # nothing is taken back in such a run
                return False
            return self.undeclared == "remove" and digest not in self.present and \
                (digest in owned or self.unowned)
        return allowed


def on_host(policy, count=1):
    """Certificates that the host is likely to trust."""
    placed = policy.host.placed
    return policy.rng.sample(placed, min(count, len(placed)))


def present(policy):
    bundle = policy.rng.choice(sorted(BUNDLES))
    first, last = BUNDLES[bundle]
    for one in policy.rng.sample(policy.host.pool["plain"][first:last], 2):
        if policy.certificate("root", "present", one.sha256, bundle):
            policy.present.add(one.sha256)


def present_all(policy):
    bundle = policy.rng.choice(sorted(BUNDLES))
    if bundle in policy.bundles:
        return
    policy.bundles.add(bundle)
    policy.certificates.append(f"  - store: root\n    state: present\n    bundle: {bundle}\n    all: true\n")
    policy.present |= {one.sha256 for one in policy.host.pool["plain"][slice(*BUNDLES[bundle])]} - policy.absent


def present_without_bundle(policy):
    """The bundle of a rule is not there: what was installed from it stays, whatever else is asked."""
    if "example.b" in policy.bundles:
        return
    policy.missing.add("example.b")
    policy.bundles.add("example.b")
    policy.certificates.append("  - store: root\n    state: present\n    bundle: example.b\n    all: true\n")
    policy.present |= {one.sha256 for one in policy.host.pool["plain"][slice(*BUNDLES["example.b"])]} - policy.absent
    undeclared(policy, "remove")


def present_placed(policy):
    """What is there already, perhaps in an odd form."""
    for one in on_host(policy):
        if f"any.{one.sha256[:12]}" in policy.host.setting.bundles and \
                policy.certificate("root", "present", one.sha256, f"any.{one.sha256[:12]}",
                                   "    allow_non_ca: true\n    allow_expired: true\n"):
            policy.present.add(one.sha256)


def present_odd(policy):
    """A certificate of a kind that OpenSSL or p11-kit has an opinion of."""
    odd = [one for kind, all_of in policy.host.pool.items() if kind not in ("plain", "twin") for one in all_of
           if f"any.{one.sha256[:12]}" in policy.host.setting.bundles]
    one = policy.rng.choice(odd)
    if policy.certificate("root", "present", one.sha256, f"any.{one.sha256[:12]}",
                          "    allow_non_ca: true\n    allow_expired: true\n"):
        policy.present.add(one.sha256)


def present_twins(policy):
    """Two of one name, as after a renewal."""
    for one in policy.host.pool["twin"][:2]:
        if policy.certificate("root", "present", one.sha256, f"any.{one.sha256[:12]}"):
            policy.present.add(one.sha256)


def distrust(policy):
    for one in on_host(policy):
        if one.sha256 not in policy.present and \
                policy.certificate("disallowed", "present", one.sha256, f"any.{one.sha256[:12]}"
                                   if f"any.{one.sha256[:12]}" in policy.host.setting.bundles else None):
            policy.distrusted.add(one.sha256)


def absent(policy):
    for one in on_host(policy):
        unowned = policy.rng.random() < 0.6
        if one.sha256 not in policy.present and policy.certificate(
                "root", "absent", one.sha256, more="    remove_unowned: true\n" if unowned else ""):
            policy.absent.add(one.sha256)
            policy.absent_unowned |= {one.sha256} if unowned else set()


def undeclared(policy, what, unowned=False):
    if policy.undeclared != "keep" or "undeclared" in policy.rest:
        return
    policy.undeclared, policy.unowned = what, unowned
    policy.rest += f"undeclared:\n  root: {what}\n" + ("  remove_unowned: true\n" if unowned else "")


def undeclared_report(policy):
    undeclared(policy, "report")


def undeclared_remove(policy):
    undeclared(policy, "remove")


def undeclared_remove_unowned(policy):
    undeclared(policy, "remove", True)


def undeclared_marks(policy):
    """Distrust that nobody names goes too, but for that by which this policy's own wishes are carried out."""
    undeclared(policy, "remove", policy.rng.random() < 0.6)
    if "  disallowed:" not in policy.rest:
        policy.rest = policy.rest.replace("undeclared:\n", "undeclared:\n  disallowed: remove\n", 1)


def intermediate(policy):
    bundle = "example.a"
    policy.certificate("intermediate", "present", policy.host.pool["plain"][0].sha256, bundle)


def proxy(policy, mode, lines, wanted):
    if policy.proxy is not None:
        return
    policy.proxy = wanted
    policy.rest += f"proxy:\n  mode: {mode}\n{lines}"


def proxy_static(policy):
    place = policy.rng.choice(["p.example:3128", "proxy.corp.example:8080", "[fd00::1]:3128"])
    lines, wanted = f'  http: "{place}"\n', {"http": place}
    if policy.rng.random() < 0.5:
        lines, wanted = lines + f'  https: "{place}"\n', {"http": place, "https": place}
    proxy(policy, "static", lines, wanted)


def proxy_bypass(policy):
    entries = policy.rng.sample(["<local>", "*.corp.example", "10.0.0.0/8", "corp.example", "192.168.1.1",
                                 "fd00::/8", "::1", "host-1.example"], 3)
    proxy(policy, "static", '  http: "p.example:3128"\n  bypass: [' +
          ", ".join(f'"{entry}"' for entry in entries) + "]\n", {"http": "p.example:3128"})


def proxy_long_bypass(policy):
    count = policy.rng.choice([200, 400])
    if policy.proxy is None:
        policy.bypassed = count
    proxy(policy, "static", '  http: "p.example:3128"\n  bypass:\n' +
          "".join(f"    - host-{n}.direct.corp.example\n" for n in range(count)), {"http": "p.example:3128"})


def proxy_direct(policy):
    proxy(policy, "direct", "", {})


def proxy_credentials(policy):
    word = policy.rng.choice(["keep", "none"])
    proxy(policy, "static", f'  http: "p.example:3128"\n  credentials: {word}\n', {"http": "p.example:3128"})
    policy.credentials = word


PARTS = [present, present_all, present_placed, present_odd, present_twins, present_without_bundle, distrust, absent,
         undeclared_report, undeclared_remove, undeclared_remove_unowned, undeclared_marks, intermediate,
         proxy_static, proxy_bypass, proxy_long_bypass, proxy_direct, proxy_credentials]
NAMES = {part.__name__.replace("_", "-"): part for part in PARTS}


def generate(host, names):
    policy = Policy(host)
    for name in names:
        NAMES[name](policy)
        policy.parts.append(name)
    return policy
