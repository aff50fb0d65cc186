"""Talks about servers: an outage, a full disk, certificates, backups."""

from typing import Final

from oxtui.demo.script import Talk, ago, call, on, think, turn

_OUTAGE: Final = Talk(
    key="outage",
    project="infrastructure",
    last=on(2, "18:03"),
    title="Timeline of Tuesday's outage",
    turns=(
        turn(
            "Collect what happened on Tuesday between 13:50 and 15:00, from all edge hosts",
            call(
                "bash",
                5_613,
                "6 hosts, 41,882 lines",
                command="ansible edge -a 'journalctl -u ferry --since 13:50 --until 15:00 -o json'",
            ),
            call(
                "grep", 310, "1,204 matches", pattern='"PRIORITY":"[0-3]"', path="/scratch/tuesday"
            ),
            call(
                "read",
                26,
                "14:02 edge-3 certificate expired: CN=internal.ferry.example",
                path="/scratch/tuesday/edge-3.jsonl",
                limit=40,
            ),
            think(
                "The first error is on edge-3, two minutes before the alert. Same "
                "certificate on all six."
            ),
            answer="""
            | time | where | what |
            | --- | --- | --- |
            | 14:02 | edge-3 | first TLS error: the internal certificate expired |
            | 14:02 to 14:04 | all | clients retry without backoff, 40 times the usual load |
            | 14:04 | alert | p99 over 5 s, Aiko is paged |
            | 14:11 | edge-1, edge-2 | out of file descriptors, restart loop |
            | 14:29 | Aiko | new certificate rolled out to edge-3 |
            | 14:38 | all | rolled out everywhere, errors stop |
            | 14:52 | all | queues drained, p99 back under 200 ms |

            **36 minutes** of errors, about 8 % of the requests. No data was lost: the queue kept
            11,204 events and delivered all of them by 14:52.
            """,
        ),
        turn(
            "Why didn't the renewal run?",
            call(
                "bash",
                2_240,
                "edge-3: certbot.timer: inactive (dead)",
                command="ansible edge -a 'systemctl is-active certbot.timer'",
            ),
            call(
                "bash",
                88,
                "c41d9e2 Jonas: move timers to the scheduler role",
                command="git log --oneline -S certbot.timer -- roles/",
            ),
            answer="""
            The timer was switched off on all six hosts by `c41d9e2`, eleven weeks ago. The commit
            moved the timers into the `scheduler` role and left that one out. The certificate was
            valid for 90 days, so nobody noticed until now.
            """,
            after=6,
        ),
        turn(
            "Write the postmortem, blameless, with three actions that have owners.",
            call(
                "write",
                52,
                "postmortems/expired-certificate.md: 71 lines",
                path="postmortems/expired-certificate.md",
            ),
            answer="""
            It's in `postmortems/expired-certificate.md`. The actions:

            1. **Alert 14 days before** any internal certificate expires (Aiko, this week)
            2. **Backoff with jitter** in all three clients, so that an outage does not feed itself
               (Jonas, 2.15)
            3. **A test of the roles** that fails when a timer of the old list is missing (Mina)

            I left out who wrote the commit. What matters is that a review could not have seen it.
            """,
            after=15,
        ),
    ),
)

_DISK: Final = Talk(
    key="disk",
    project="infrastructure",
    last=ago(334),
    turns=(
        turn(
            "disk on build-2 is full again 😩",
            call(
                "bash",
                730,
                "/dev/nvme0n1p2  450G  448G  2.0G 100% /",
                command="ssh build-2 df -h /",
            ),
            call(
                "bash",
                118_902,
                "211G /var/lib/docker/overlay2\n140G /home/ci/target\n31G /var/log",
                command="ssh build-2 du -xh --max-depth=3 / | sort -hr | head",
            ),
            think(
                "140 GB of build output that nothing cleans. Docker's layers are the bigger part."
            ),
            call(
                "bash",
                41_370,
                "Total reclaimed space: 187.4GB",
                command="ssh build-2 docker system prune -af --filter until=168h",
            ),
            call(
                "bash",
                9_480,
                "removed 96G",
                command="ssh build-2 cargo sweep --time 7 /home/ci/target",
            ),
            answer="""
            283 GB are free again (37 % used):

            - 187 GB of Docker images that nobody used for a week
            - 96 GB of Rust build output older than seven days

            Both come back at about 6 GB a day. Shall I set up a timer for them?
            """,
        ),
        turn(
            "Yes please, and alert at 80 %.",
            call(
                "write", 37, "roles/build/files/sweep.timer", path="roles/build/files/sweep.timer"
            ),
            call(
                "bash",
                14_230,
                "build-2: ok=7 changed=3 failed=0",
                command="ansible-playbook build.yml -l build-2",
            ),
            answer="""
            `sweep.timer` runs each night at 04:30. The alert is in `disk.rules`:

            ```yaml
            - alert: DiskFillsUp
              expr: 1 - node_filesystem_avail_bytes / node_filesystem_size_bytes > 0.8
              for: 15m
              labels: { severity: warning }
            ```
            """,
            after=5,
        ),
    ),
)

_CERT: Final = Talk(
    key="cert",
    project="infrastructure",
    last=on(4, "08:55"),
    turns=(
        turn(
            "Renew the wildcard certificate on edge-1",
            call(
                "bash",
                31_040,
                "error: DNS problem: SERVFAIL looking up TXT for _acme-challenge.ferry.example",
                command="certbot renew --cert-name ferry.example",
            ),
            answer="""
            ⚠️ The turn was stopped: the provider did not answer within 120 s (attempt 3 of 3).
            """,
        ),
        turn(
            "Try again",
            call("bash", 640, "SERVFAIL", command="dig TXT _acme-challenge.ferry.example +short"),
            think("SERVFAIL, not NXDOMAIN: DNSSEC. The key was rolled last night."),
            call(
                "bash",
                910,
                "no valid RRSIG for ferry.example",
                command="delv TXT _acme-challenge.ferry.example",
            ),
            answer="""
            It is not the certificate, it's DNSSEC: the zone was signed with a new key last night,
            and
            the old DS record is still at the registrar. Until that changes, every resolver that
            validates answers `SERVFAIL`.

            The DS record to set: `31415 13 2 9F86D081884C7D659A2FEAA0C55AD015…`
            """,
            after=7,
        ),
        turn(
            "DS is set. Again.",
            call(
                "bash",
                22_815,
                "Congratulations, all renewals succeeded",
                command="certbot renew --cert-name ferry.example",
            ),
            call("bash", 1_220, "reloaded", command="systemctl reload nginx"),
            answer="Renewed, valid for 90 days, and nginx has loaded it.",
            after=64,
        ),
    ),
)

_BACKUP: Final = Talk(
    key="backup-check",
    project="infrastructure",
    last=on(2, "18:31"),
    parent="outage",
    turns=(
        turn(
            "Restore one backup of each host and compare it",
            call(
                "bash",
                121_400,
                "edge-1 … edge-6: restored 6/6",
                command="./restore-drill.sh edge --latest --into /scratch",
            ),
            call(
                "bash",
                33_817,
                "edge-5: 2 of 18,204 rows differ in table leases",
                command="./compare.sh /scratch",
            ),
            answer="""
            All six can be restored; the slowest took 31 seconds. On `edge-5` two rows of `leases`
            differ. They were written while the backup ran, so that's what it should look like.
            """,
        ),
    ),
)

TALKS: Final = (_DISK, _OUTAGE, _BACKUP, _CERT)
