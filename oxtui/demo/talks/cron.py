"""The talk that a visitor reads first: a cron job that failed, and the session it started."""

from typing import Final

from oxtui.demo.script import Talk, ago, call, think, turn

_OLD_RUN: Final = """\
    let lock = LockFile::create(&path)?;
    self.execute(job).await?;
    drop(lock);"""
_NEW_RUN: Final = """\
    let file = File::options()
        .create(true)
        .write(true)
        .open(&path)?;
    let _lock = match FileLock::try_exclusive(file) {
        Ok(lock) => lock,
        Err(LockError::Held) => {
            return Ok(Outcome::AlreadyRunning);
        }
        Err(e) => return Err(e.into()),
    };
    self.execute(job).await?;"""
_OLD_LOCK: Final = """\
impl LockFile {
    pub fn create(path: &Path) -> Result<Self, LockError> {
        let pid = std::process::id();
        let mut file = File::options().write(true).create_new(true).open(path)?;
        writeln!(file, "{pid}")?;
        Ok(Self { path: path.to_owned(), pid })
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
"""
_NEW_LOCK: Final = """\
impl FileLock {
    pub fn try_exclusive(file: File) -> Result<Self, LockError> {
"""

_CRON: Final = Talk(
    key="cron",
    project="api",
    last=ago(2),
    title="Retry the failed cron jobs",
    persona="dev",
    turns=(
        turn(
            "Why did last night's job fail? Can you retry it?",
            think("The log of the job comes first. A retry before I know why would only hide it."),
            call(
                "read",
                41,
                '[{"id":"nightly","schedule":"0 2 * * *","last_run":"02:00:04","last_status":'
                '"failed","retries":0},{"id":"digest","schedule":"0 7 * * 1-5","last_status":"ok"}',
                path="cron/jobs.json",
            ),
            call(
                "bash",
                187,
                """
                02:00:04 nightly: acquiring /var/lib/ferry/nightly.lock
                02:05:04 nightly: gave up after 300 s
                02:05:04 nightly: exit 75 (EX_TEMPFAIL)
                """,
                command="journalctl -u ferry-cron --since 01:55 --until 02:10 -o cat",
            ),
            think("It waited for its own lock. Who holds it? Nothing else runs at that hour."),
            call(
                "bash",
                12,
                "ferry 5 bytes, two days old\n4122",
                command="stat -c '%U %s bytes, %y' nightly.lock; cat nightly.lock",
            ),
            call("bash", 9, "ps: no such process: 4122", command="ps -o pid,etime,cmd -p 4122"),
            call(
                "bash",
                8_214,
                "error: job nightly is locked by pid 4122 (stale?), exit code 75",
                command="oxios cron run nightly",
            ),
            answer="""
            The job failed because its lock file was left behind:

            1. `nightly` took the lock in its run before last, as process 4122.
            2. That process was killed before it finished (exit 137, so most likely the OOM killer)
               and never removed the file.
            3. Last night's run waited 300 seconds for a process that no longer exists, then
               gave up with exit code 75.

            I tried one retry and it stopped at the same lock. **Nothing was lost**: the job only
            compacts old rows, and it is safe to run twice.

            Shall I remove the stale lock and run it now? The real fix is to stop trusting a file
            with a pid in it.
            """,
        ),
        turn(
            "Yes, remove it and run it. And fix the lock properly, please.",
            call("bash", 14, "removed '/var/lib/ferry/nightly.lock'", command="rm -v nightly.lock"),
            call(
                "bash",
                127_480,
                "compacted 184,220 rows in 2 m 07 s, 312 MB freed, exit 0",
                command="oxios cron run nightly --verbose",
            ),
            think("flock is released by the kernel when the process dies, however it dies."),
            call(
                "grep",
                33,
                "src/cron.rs:88:    let lock = "
                "LockFile::create(&path)?;\nsrc/lock.rs:12:pub struct",
                pattern="LockFile",
                path="src",
            ),
            call(
                "read",
                22,
                "pub struct LockFile { path: PathBuf, pid: u32 }",
                path="src/lock.rs",
            ),
            call(
                "edit",
                640,
                "src/cron.rs: +12 -3",
                path="src/cron.rs",
                old_text=_OLD_RUN,
                new_text=_NEW_RUN,
            ),
            call(
                "edit",
                210,
                "src/lock.rs: +31 -44",
                path="src/lock.rs",
                old_text=_OLD_LOCK,
                new_text=_NEW_LOCK,
            ),
            call(
                "bash",
                46_310,
                """
                test lock::tests::released_when_killed ... ok
                test cron::tests::second_run_is_refused ... ok
                test result: ok. 214 passed; 0 failed; 2 ignored
                """,
                command="cargo test --workspace",
            ),
            answer="""
            Done. The job ran in 2 minutes 7 seconds and freed 312 MB.

            The lock is now an advisory lock of the kernel instead of a file that says who made it:

            ```rust
            /// Held as long as the value lives. The kernel lets go of it when the process
            /// ends, whether it returned, panicked or was killed.
            pub struct FileLock(File);

            impl FileLock {
                pub fn try_exclusive(file: File) -> Result<Self, LockError> {
                    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                        Ok(()) => Ok(Self(file)),
                        Err(Errno::WOULDBLOCK) => Err(LockError::Held),
                        Err(e) => Err(LockError::Io(e.into())),
                    }
                }
            }
            ```

            A new test kills a child process while it holds the lock and takes the lock right
            after. All 214 tests pass.
            """,
            after=6,
        ),
        turn(
            "Why was it killed in the first place?",
            think("Exit 137 is SIGKILL. Either the OOM killer or somebody's hand."),
            call(
                "bash",
                96,
                "Out of memory: Killed process 4122 (oxios) total-vm:6291456kB, anon-rss:3877120kB",
                command="journalctl -k --since '2 days ago' | grep -i 'out of memory'",
            ),
            call(
                "grep", 28, "src/compact.rs:41: .fetch_all(&pool)", pattern="fetch_all", path="src"
            ),
            answer="""
            The kernel ran out of memory. `compact` reads **all** rows of a day at once:

            | day | rows | memory |
            | --- | ---: | ---: |
            | Monday | 41,007 | 0.9 GB |
            | Tuesday | 39,855 | 0.8 GB |
            | Thursday, import of the old orders | 184,220 | 3.9 GB |

            `fetch_all` in `src/compact.rs:41` could be a stream with batches of 1,000. Then it
            needs about 20 MB, whatever the day.
            """,
            after=11,
        ),
        turn(
            "Do that, batches of 1,000. Keep the old behaviour behind a flag for a week.",
            call(
                "read", 19, "async fn compact(pool: &SqlitePool, day: Day)", path="src/compact.rs"
            ),
            call("edit", 233, "src/compact.rs: +38 -11", path="src/compact.rs"),
            call("edit", 71, "src/config.rs: +4 -0", path="src/config.rs"),
            call(
                "bash",
                3_902,
                """
                error[E0502]: cannot borrow `tx` as mutable because it is also borrowed as immutable
                  --> src/compact.rs:57:17
                error: could not compile `ferry-api` (lib) due to 1 previous error
                """,
                command="cargo check",
            ),
            think("The stream borrows the transaction. Read a batch of ids first, then write."),
            call("edit", 180, "src/compact.rs: +9 -6", path="src/compact.rs"),
            call("bash", 44_015, "test result: ok. 217 passed; 0 failed", command="cargo test"),
            call(
                "bash",
                21_660,
                "peak RSS 23,412 kB, 184,220 rows in 2 m 31 s",
                command="/usr/bin/time -v target/release/ferry compact --day thursday --dry-run",
            ),
            answer="""
            `compact` now works in batches of 1,000:

            - **memory**: 3.9 GB before, 23 MB now
            - **time**: 2 m 07 s before, 2 m 31 s now
            - `compact.fetch_all = true` brings the old way back; it logs that it goes away in 2.15

            The first version did not compile, as the stream kept the transaction borrowed. It
            now reads the ids of a batch, then writes, in one transaction for each batch.
            """,
            after=9,
        ),
        turn(
            "Perfect 🎉 Commit both as separate commits and open a PR.",
            call(
                "bash",
                166,
                "[lock-and-compact 8f21c0d] Let the kernel release the lock of a job that died",
                command="git commit -m 'Let the kernel release the lock of a job that died' "
                "src/lock.rs src/cron.rs",
            ),
            call(
                "bash",
                88,
                "[lock-and-compact 1b77e4a] Compact in batches",
                command="git commit -am 'Compact in batches, a day may not fit into memory'",
            ),
            call("bash", 2_480, "https://git.ferry.example/api/pulls/412", command="gh pr create"),
            answer="""
            Two commits and a pull request, [#412](https://git.ferry.example/api/pulls/412).
            Jonas is asked to review it, since he wrote the old lock.
            """,
            after=4,
        ),
    ),
)

_AUDIT: Final = Talk(
    key="cron-audit",
    project="api",
    last=ago(26),
    parent="cron",
    turns=(
        turn(
            "Check the other jobs for the same stale-lock bug",
            think("Nine more jobs. I look for anything that creates a file and counts on Drop."),
            call("glob", 8, "9 files", pattern="src/jobs/*.rs"),
            call(
                "grep",
                24,
                "src/jobs/digest.rs:31\nsrc/jobs/backup.rs:52\nsrc/jobs/backup.rs:77",
                pattern="LockFile::create|create_new",
                path="src/jobs",
            ),
            call(
                "read", 17, "fn run(&self) -> Result<()> { let _lock =", path="src/jobs/digest.rs"
            ),
            call(
                "read", 15, "// two locks: the source, then the target", path="src/jobs/backup.rs"
            ),
            answer="""
            Two of the nine have it:

            | job | where | risk |
            | --- | --- | --- |
            | `digest` | `digest.rs:31` | skips a mail, harmless |
            | `backup` | `backup.rs:52`, `:77` | **no backup until someone looks** |

            The other seven hold their lock in the database and lose it with the connection.
            `backup` should go first.
            """,
        ),
        turn(
            "Fix backup first.",
            call("edit", 196, "src/jobs/backup.rs: +14 -19", path="src/jobs/backup.rs"),
            call("bash", 12_077, "test result: ok. 31 passed", command="cargo test -p jobs"),
            answer="""
            `backup` uses `FileLock` for both locks now, always the source first. `digest` is one
            line; I have put it into the same commit.
            """,
            after=8,
        ),
    ),
)

TALKS: Final = (_CRON, _AUDIT)
