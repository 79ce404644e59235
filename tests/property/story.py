# SPDX-License-Identifier: Apache-2.0
"""The story of one host: looked at, checked, applied, checked again, taken back; and the sentences
that must hold of it.

    0  the program ends in order: a status that it knows, a report, no secret in what it says
    1  no root that a consumer trusted before is untrusted after, unless a rule asks for it
    2  apply, then take it back: the host is as it was
    3  what check says is what apply does
    4  every policy that we suggest validates, and applying it ends the finding
    5  what passes holds for the consumer too, also after the distribution's own tool has run
"""
import json
import os
import random
import re
import shutil
import subprocess

import judge
import policies
import proxies
from hosts import P11KIT, Host, Tool, asked_by_others, compare_tool
from quirks import QUIRKS

SENTENCES = range(6)
# Where files of others stand that we edit for certificates, or put ours beside.
EDITED_FOR_TRUST = ("/etc/ca-certificates.conf", "/etc/pki/", "/etc/ca-certificates/", "/usr/local/share/")
STATUSES = {"check": (0, 2), "apply": (0, 2, 5), "diagnose": (0, 2), "rollback": (0, 2)}
WEIGHTS = {"debian": 9, "alpine": 4, "fedora": 3, "suse": 1, "arch": 1, "none": 1}


def described(seed):
    """The tree of a seed, in words: LAYOUT+QUIRK+…/PARTS-OF-A-FIRST-POLICY>PARTS@SEED."""
    rng = random.Random(f"tree {seed}")
    layout = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    possible = sorted(name for name, (_, layouts) in QUIRKS.items() if layout in layouts)
    quirks = rng.sample(possible, rng.choice([0, 1, 1, 1, 2, 2, 3]))
    names = sorted(policies.NAMES)
    parts = rng.sample(names, rng.choice([1, 1, 2, 3]))
    first = rng.sample(["present", "present-all", "proxy-static"], 2)[:rng.choice([0, 0, 1, 2])]
    return "+".join([layout, *quirks]) + "/" + "".join(",".join(first) + ">" if first else "") + \
        ",".join(parts) + f"@{seed}"


class Refused(Exception):
    """The program does not take the generated policy: nothing is known about the host."""


class Story:
    def __init__(self, setting, description, folder):
        self.trusted = (lambda host: judge.asked(host, host.placed + self.named_ones)) if setting.ask_program else \
            (lambda host: judge.trusted(host, host.certificates))
        self.users = ["root", "others"] if setting.other_users and not setting.ask_program else ["root"]
        self.setting, self.description, self.folder = setting, description, folder
        self.rng = random.Random(description)
        self.faults = []  # (sentence, what)
        self.tools_run = True  # the image's own, as on the live host
        self.named_ones = []  # certificates that policies name
        self.copies = set()  # bundles of which the program has a last good copy
        os.makedirs(folder)
        tree, policy = description.rsplit("@", 1)[0].split("/")
        layout, *self.quirks = tree.split("+")
        first, _, then = policy.rpartition(">")
        self.first, self.then = first.split(",") if first else [], then.split(",")
        self.host = Host(f"{folder}/root", layout, self.rng, setting)

    def fault(self, sentence, what):
        self.faults.append((sentence, what))

    # --- the program ---

    def td(self, verb, *more, host=None, policy=None):
        """Exit status and the JSON that it prints, or None."""
        host = host or self.host
        command = [self.setting.program, verb, "-r", host.root, "-o", "json"]
        if verb in ("check", "apply", "rollback") and self.tools_run:
            command.append("--run-image-tools")
        if policy:
            command += ["-p", policy, "-k", self.setting.keyring]
            for bundle in self.bundles:
                command += ["-b", self.setting.bundles[bundle]]
        done = subprocess.run(command + list(more), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, timeout=120)
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        self.said = err.strip()
        if done.returncode == 3 and verb in ("check", "apply"):
            raise Refused(err)
        if done.returncode not in STATUSES[verb] or "internal error" in err:
            self.fault(0, f"{verb} ended with {done.returncode}: {err[-200:]}")
        if proxies.SECRET in out or proxies.SECRET in err:
            at = (out + err).index(proxies.SECRET)
            self.fault(0, f"{verb} tells a password: {(out + err)[max(at - 60, 0):at + 20]!r}")
        try:
            return done.returncode, json.loads(out)
        except ValueError:
            if done.returncode in (0, 2, 4):
                self.fault(0, f"{verb} ended with {done.returncode} and printed no JSON")
            return done.returncode, None

    def policy(self, parts, name):
        made = policies.generate(self.host, parts)
        self.bundles = sorted(made.bundles & set(self.setting.bundles) - made.missing)
        path = f"{self.folder}/{name}.yaml"
        write(path, made.text(name))
        self.named_ones += [one for one in self.host.certificates
                            if one.sha256 in made.present | made.distrusted | made.absent]
        return made, path

    # --- the story ---

    def run(self):
        try:
            self.tell()
        except Refused as refused:
            return f"refused: {refused}"
        return None

    def tell(self):
        host = self.host
        host.furnish()
        host.rebuild()
        owned = self.begin() if self.first else set()
        for name in self.quirks:
            QUIRKS[name][0](host)
        if host.layout == "debian" and self.rng.random() < self.setting.compare and \
                os.path.isdir(host.real(host.folder)) and (different := compare_tool(host)):
            self.fault(0, f"harness: model of Debian's tool: {different}")
        self.diagnosed()
        policy, path = self.policy(self.then, "policy")
        before, state = self.trusted(host), host.state()
        self.before, logins = before, proxies.effective(host)
        if host.layout in P11KIT:
            self.without_tools(path)
        with Tool(host):
            _, promised = self.td("check", policy=path)
            if host.state() != state:
                self.fault(3, f"check changed the host: {difference(state, host.state())}")
            status, done = self.td("apply", policy=path)
            after, changed = self.trusted(host), host.state()
            self.nothing_lost(policy, owned, before, after, logins)
            if status in (1, 5) and changed != state:
                self.fault(2, f"apply failed ({status}) and left {difference(state, changed)}")
            if status == 5 and not host.tool_fails:
                self.fault(3, f"apply could not publish what check promised: {self.said[-200:]}")
            self.keeps_attributes(state, changed)
            again, now = self.td("check", policy=path)
            self.as_promised(promised, done, now, status)
            if now:
                self.holds(policy, now, after)
                self.gone(done, after)
            self.td("apply", policy=path)
            if host.state() != changed and not host.tool_fails:  # then it is tried again
                self.fault(3, f"a second apply changed {difference(changed, host.state())}")
        if now and again == 0:
            self.distribution_agrees(policy, path, now)
        self.mended(path)
        self.farewell(policy, before, state, logins)
        with Tool(host):
            self.taken_back(done, state, logins)

    def without_tools(self, path):
        """Nothing of the image is run: check and apply say the same, nothing loses trust, and the next
        run that may use the tool ends what is left."""
        copy = self.host.copy(f"{self.folder}/without")
        trusted = self.trusted(copy)
        self.tools_run = False
        with Tool(copy) as tool:
            _, promised = self.td("check", host=copy, policy=path)
            status, done = self.td("apply", host=copy, policy=path)
            if tool.asked:
                self.fault(0, "a program of the image was run without the option")
        self.tools_run = True
        self.as_promised(promised, done, None, status)
        for key, one in by_id(done).items() if done else ():
            if one["cause"] == "rebuild_pending" and one["result"] == "fail" and \
                    copy.exists(copy.paths["tool"]) and "--run-image-tools" not in one["remedy"]:
                self.fault(3, f"{short(key)} is pending, and no way out is told: {one['remedy']}")
        fixed = by_id(done) if done else {}
        digests = {key.rpartition("/")[2] for key, one in fixed.items() if one["result"] == "fixed"}
        for consumer, digest in sorted(trusted - self.trusted(copy)):
            if digest not in digests:
                self.fault(1, f"without tools, {consumer}: {self.named(digest)} is no longer trusted")
        shutil.rmtree(copy.root)

    def begin(self):
        """An apply before the quirks; what it made trusted is ours."""
        policy, path = self.policy(self.first, "first")
        trusted = {digest for _, digest in self.trusted(self.host)}
        with Tool(self.host):
            self.td("apply", policy=path)
        self.copies = set(self.bundles)
        self.host.placed += [one for one in self.host.certificates if one.sha256 in policy.present]
        return policy.present - trusted

    # --- the sentences ---

    def nothing_lost(self, policy, owned, before, after, logins):
        allowed = policy.asks_away(owned)
        for consumer, digest in sorted(before - after):
            if not allowed(digest) and digest not in self.host.deselected:
                self.fault(1, f"{consumer}: {self.named(digest)} is no longer trusted")
        for target, now in proxies.effective(self.host).items():
            had = (logins.get(target) or {}).get("log-in")
            if had and not (now or {}).get("log-in") and policy.proxy and policy.credentials != "none":
                self.fault(1, f"{target}: the log-in of the proxy is gone")

    def keeps_attributes(self, state, changed):
        """Owner, access list and extended attributes of files that were written anew. Modes that shut
        others out may be mended."""
        for path, was in state.items():
            now = changed.get(path)
            if self.host.layout in P11KIT and path == self.host.bundle:  # its tool writes it
                continue
            if now and now != was and was[0] == now[0] == "file" and was[2:5] != now[2:5]:
                self.fault(2, f"{path} had owner, group and attributes {was[2:5]}, now {now[2:5]}")

    def taken_back(self, done, state, logins):
        if not done or not done.get("transaction"):
            return
        real = self.host.real(proxies.ENVIRONMENT)
        edited = self.rng.random() < 0.2 and os.path.isfile(real) and not os.path.islink(real)
        if edited:
            with open(real, "rb") as file:
                content = file.read()
            self.host.write(os.path.realpath(real)[len(self.host.root):], content + b"\nEDITOR=vim\n")
        between = self.host.state()
        status, report = self.td("rollback", done["transaction"])
        if edited:
            was, now = logins.get("environment"), proxies.effective(self.host).get("environment")
            if was != now and status == 0:
                self.fault(2, f"rolled back after an edit: a login had {was}, now {now}, and nothing says so")
            return
        if status != 0:
            self.fault(2, f"rollback ended with {status}: {self.said[-200:]}")
        # a file that was gone comes back as root's: a journal gives nothing to another user
        state = {path: was if path in between or was[0] != "file" else was[:2] + (0, 0) + was[4:]
                 for path, was in state.items()}
        now = self.host.state()
        if self.host.layout in P11KIT:  # its tool's output; what it may not lose is looked at below
            state, now = dict(state, **{self.host.bundle: 0}), dict(now, **{self.host.bundle: 0})
        if now != state:
            self.fault(2, f"after rollback: {difference(state, now)}")
        if self.host.bundle:
            lost = self.before - self.trusted(self.host)
            for consumer, digest in sorted(lost):
                if digest not in self.host.deselected:
                    self.fault(2, f"after rollback {consumer}: {self.named(digest)} is no longer trusted")

    def farewell(self, policy, before, state, logins):
        """Leaving: a policy that wants nothing any more gives back what was there."""
        if self.first or policy.absent_unowned or policy.unowned or self.host.tool_fails:
            return
        copy = self.host.copy(f"{self.folder}/farewell")
        path = f"{self.folder}/farewell.yaml"
        write(path, "schema_version: 1\nname: farewell\nundeclared: {root: remove, disallowed: remove, "
                    "settings: restore}\n")
        rng = random.Random(self.description + " farewell")
        wanted = set(policy.present)
        with Tool(copy):
            if rng.random() < 0.3:
                self.turned(policy, copy)
                wanted |= policy.distrusted
            if rng.random() < 0.3:
                self.forgotten(copy)
            else:
                self.td("apply", host=copy, policy=path)
        now = self.trusted(copy)
        loaded = any("file" in consumer for consumer, _ in before)  # else apply made it loadable
        # What a source of others asks for stays in force once a policy wanted it so; p11-kit's tool
        # brings all into force that sources hold.
        stays = asked_by_others(copy)
        stays &= (wanted | policy.distrusted) if copy.layout in P11KIT else wanted
        for consumer, digest in sorted(now - before):
            opened = consumer.startswith("others") and (consumer.replace("others", "root"), digest) in before
            # what nobody names is made trusted by a rebuild, as the distribution's tool would
            if digest in policy.present | policy.distrusted and digest not in stays and loaded and not opened:
                self.fault(2, f"after a policy that wants nothing, {consumer}: {self.named(digest)} is trusted")
        for consumer, digest in sorted(before - now):
            if digest not in self.host.deselected:
                self.fault(2, f"after a policy that wants nothing, {consumer}: {self.named(digest)} is not trusted")
        left = copy.state()
        for path, was in state.items():
            if path.startswith(EDITED_FOR_TRUST) and path != self.host.bundle and left.get(path) != was:
                self.fault(2, f"after a policy that wants nothing, {path} is not as it was")
        for target, setting in proxies.effective(copy).items():
            if setting != logins.get(target):
                self.fault(2, f"after a policy that wants nothing {target} has {setting}, was {logins.get(target)}")
        if not self.setting.keep:
            shutil.rmtree(copy.root)

    def turned(self, policy, host):
        """A policy that wants the opposite comes between."""
        bundles, other = self.bundles, policies.Policy(host)
        for digest in sorted(policy.present | policy.distrusted):
            bundle = f"any.{digest[:12]}"
            if bundle in self.setting.bundles:
                other.certificate("root" if digest in policy.distrusted else "disallowed", "present", digest, bundle,
                                  "    allow_non_ca: true\n    allow_expired: true\n")
        self.bundles = sorted(other.bundles)
        path = f"{self.folder}/turned.yaml"
        write(path, other.text("turned"))
        if other.certificates:
            self.td("apply", host=host, policy=path)
        self.bundles = bundles

    def forgotten(self, host):
        """What would undo the runs is gone: the ledger alone knows what to give back."""
        journal = host.real("/var/lib/trust-deployer/journal")
        for name in os.listdir(journal) if os.path.isdir(journal) else ():
            os.unlink(f"{journal}/{name}")
        self.td("rollback", "--all", host=host)

    def mended(self, path):
        """The distribution's tool works again: so does the next apply."""
        if not self.host.tool_fails or not self.host.exists(self.host.paths["tool"]):
            return
        copy = self.host.copy(f"{self.folder}/mended")
        copy.tool_fails = False
        with Tool(copy):
            self.td("apply", host=copy, policy=path)
            _, report = self.td("check", host=copy, policy=path)
        for key, one in by_id(report).items() if report else ():
            if one["cause"] == "rebuild_pending" and one["want"] != "":
                self.fault(3, f"{short(key)} stays pending, although the distribution's tool works again")
        shutil.rmtree(copy.root)

    def gone(self, done, trusted):
        """What apply says it took away is trusted by nobody."""
        for key, one in by_id(done).items() if done else ():
            digest = key.rpartition("/")[2]
            if key.startswith("certificate/root/") and one["result"] == "fixed" and one["want"] == "absent":
                for consumer in sorted(who for who, what in trusted if what == digest):
                    self.fault(5, f"apply says {self.named(digest)} is gone, {consumer} it is trusted")

    def as_promised(self, promised, done, now, status):
        if not promised or not done or status == 5 or self.host.tool_fails:
            return
        said, did = by_id(promised), by_id(done)
        for key, one in said.items():
            got = did.get(key)
            # a root that one rule wants and another distrusts is not applicable, and goes all the same
            doable = one["result"] in ("fail", "informational", "notapplicable") and one["action"] != "keep"
            if not got:
                self.fault(3, f"{short(key)}: check has it ({one['result']}), apply does not")
            elif doable and got["result"] != "fixed":
                self.fault(3, f"{short(key)}: check would {one['action']} it, apply says {got['result']} "
                              f"{got['cause']}")
            elif not doable and got["result"] != one["result"]:
                self.fault(3, f"{short(key)}: check says {one['result']} {one['cause']}, apply "
                              f"{got['result']} {got['cause']}")
        for key, got in did.items():
            if key not in said and got["result"] == "fixed":
                self.fault(3, f"{short(key)}: apply did it, check does not name it")
        left = by_id(now) if now else {}
        for key, got in did.items():
            if got["result"] == "fixed" and left.get(key, {"result": "pass"})["result"] in ("fail", "error"):
                self.fault(3, f"{short(key)}: apply says fixed, check then {left[key]['result']} "
                              f"{left[key]['cause']}")

    def holds(self, policy, report, trusted):
        """Each item that passes, asked of its consumers."""
        if policy.missing - self.copies and report["compliant"]:
            self.fault(5, "compliant, although the bundle of a rule is missing")
        results = by_id(report)
        by_digest = {}
        for consumer, digest in trusted:
            by_digest.setdefault(digest, set()).add(consumer)
        consumers = [f"{who} by {how}" for who in self.users
                     for how in (["file", "folder"] if self.host.folder else ["file"])]
        for digest in policy.present:
            one = results.get(f"certificate/root/{digest}", {})
            if one.get("result") != "pass":
                continue
            said = one["message"] + json.dumps(one["evidence"]) + json.dumps(report["notes"])
            told = "bundle file" in said or f"only programs that read {self.host.bundle}" in said
            for consumer in consumers:
                if consumer not in by_digest.get(digest, ()) and not (told and "folder" in consumer):
                    self.fault(5, f"{self.named(digest)} passes, and {consumer} it is not trusted")
        for digest in policy.distrusted | policy.absent:
            store = "disallowed" if digest in policy.distrusted else "root"
            if results.get(f"certificate/{store}/{digest}", {}).get("result") == "pass" and \
                    by_digest.get(digest):
                self.fault(5, f"{self.named(digest)} is to be gone, passes, and is trusted "
                              f"{sorted(by_digest[digest])}")
        if policy.undeclared == "report":
            for digest in by_digest:
                if digest not in self.host.of_distribution and f"certificate/root/{digest}" not in results:
                    self.fault(5, f"{self.named(digest)} is trusted, undeclared and not told")
        self.proxies_hold(policy, results)

    def proxies_hold(self, policy, results):
        if policy.proxy is None:
            return
        for target, now in proxies.effective(self.host).items():
            if results.get(f"proxy/{target}", {}).get("result") != "pass":
                continue
            wanted = dict(policy.proxy)
            if target == "dnf" and wanted:
                wanted = {scheme: wanted.get("https", wanted["http"]) for scheme in ("http", "https")}
            if now is None:
                self.fault(5, f"proxy/{target} passes, and its consumer refuses its files")
            elif target == "environment" and now.get("bypassed", 0) < policy.bypassed:
                self.fault(5, f"proxy/{target} passes, a login has {now.get('bypassed', 0)} of the "
                              f"{policy.bypassed} hosts that go direct")
            elif {key: now[key] for key in now if key not in ("log-in", "bypassed")} != wanted:
                self.fault(5, f"proxy/{target} passes, its consumer has {now}, wanted {wanted}")

    def distribution_agrees(self, policy, path, before):
        """Behind the distribution's own tool, check is still content, but for what it has foretold."""
        if self.host.kept_by_us or self.host.tool_fails or self.host.layout == "none":
            return
        copy = self.host.copy(f"{self.folder}/rebuilt")
        if not copy.rebuild():
            return
        trusted = self.trusted(copy)
        if not any("file" in consumer for consumer, _ in trusted):
            return  # its bundle file is one that OpenSSL does not load, which check is right to say
        with open(copy.real(copy.bundle), "rb") as file:
            made = file.read()
        # or does not read to its end, for the UTF-16 of a source in it, or reads a block without an END
        # into the next: the same
        if b"\n\0" in made or any(b"-----END " not in block for block in made.split(b"-----BEGIN ")[1:]):
            return
        foretold = {one["id"] for one in before["results"] if one["result"] == "pass" and
                    "the distribution's own tool gives that file a hash link" in one["message"]}
        status, report = self.td("check", host=copy, policy=path)
        bad = [f"{short(key)} {one['cause']}" for key, one in by_id(report).items()
               if one["result"] in ("fail", "error") and key not in foretold] if report else ["no report"]
        if bad or (status != 0 and not foretold):
            self.fault(5, f"after the distribution's tool check ends with {status}: {bad}")
        elif report:
            self.holds(policy, report, trusted)
        shutil.rmtree(copy.root)

    def diagnosed(self):
        self.bundles = []
        _, report = self.td("diagnose")
        for at, finding in enumerate(report["findings"] if report else []):
            if finding["policy"]:
                self.cured(at, finding)

    def cured(self, at, finding):
        path = f"{self.folder}/suggested-{at}.yaml"
        write(path, finding["policy"])
        done = subprocess.run([self.setting.program, "policy", "validate", path],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            self.fault(4, f"the policy for {finding['cause']} does not validate: {done.stdout[-160:]!r}")
            return
        copy = self.host.copy(f"{self.folder}/cured-{at}")
        with Tool(copy):
            try:
                self.td("apply", host=copy, policy=path)
            except Refused as refused:
                self.fault(4, f"the policy for {finding['cause']} is refused: {refused}")
                return
        _, report = self.td("diagnose", host=copy)
        if report and any(one["cause"] == finding["cause"] and one["evidence"] == finding["evidence"]
                          for one in report["findings"]):
            self.fault(4, f"{finding['cause']} is found again after its policy was applied")
        shutil.rmtree(copy.root)

    def named(self, digest):
        return next((str(one) for one in self.host.certificates if one.sha256 == digest), digest[:12])


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def by_id(report):
    return {one["id"]: one for one in report["results"]}


def short(key):
    return re.sub(r"([0-9a-f]{12})[0-9a-f]{52}", r"\1", key)


def difference(before, after):
    """A few words on what differs of two states."""
    out = [f"- {path}" for path in before if path not in after]
    out += [f"+ {path}" for path in after if path not in before]
    out += [f"~ {path} {before[path][:-1]} {after[path][:-1]}" for path in before
            if path in after and before[path] != after[path]]
    return "; ".join(sorted(out)[:4]) + (f" and {len(out) - 4} more" if len(out) > 4 else "")
