"""The [session] settings of config.toml: read, parsed, written, undone."""

import os
import stat
import tomllib
from pathlib import Path

import msgspec
import pytest
import tomlkit

from oxtui.errors import ChangedError, InvalidValueError, UnreadableError, WriteFailedError
from oxtui.locations import oxios_home
from oxtui.store.config_edit import change_config
from oxtui.store.models import PruneConfig
from oxtui.store.settings import (
    MAX_SESSIONS_LIMIT,
    SettingsChange,
    SettingsValue,
    parse_auto_prune,
    parse_max_sessions,
    parse_setting,
    parse_ttl_hours,
    read_settings,
    undo_settings_change,
    write_settings,
)
from oxtui.store.values import LONGEST_TTL_HOURS, SessionSettings

FULL = """\
# My Oxios
[kernel]
workspace = "/srv/ws"   # here

[session]  # how long things live
max_sessions = 1_00   # enough
ttl_hours    = 168
# Oxios does it

# the model
[engine]
api_key = "secret"
odd = [ 1,
  2 ]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(FULL, "utf-8")
    return path


def through_json(change: SettingsChange) -> SettingsChange:
    """The change as a journal gives it back."""
    return msgspec.json.decode(msgspec.json.encode(change), type=SettingsChange)


class TestRead:
    def test_values_and_defaults(self, config: Path) -> None:
        assert read_settings(config) == SessionSettings(100, 168, auto_prune=True)
        config.write_text("[session]\nmax_sessions = 0\nauto_prune = false\n")
        assert read_settings(config) == SessionSettings(0, 168, auto_prune=False)

    @pytest.mark.parametrize("text", ["", "[session]\n", "[kernel]\nx = 1\n", "\ufeff[session]\n"])
    def test_what_is_left_out_has_the_defaults_of_oxios(self, config: Path, text: str) -> None:
        config.write_text(text, "utf-8")
        assert read_settings(config) == SessionSettings(100, 168, auto_prune=True, problem=None)

    def test_no_file_has_the_defaults(self, tmp_path: Path) -> None:
        assert read_settings(tmp_path / "none" / "config.toml") == SessionSettings()

    def test_the_limits_of_a_prune(self) -> None:
        assert SessionSettings(5, 24).prune_config() == PruneConfig(5, 24)
        assert SessionSettings().prune_config() == PruneConfig()

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("[session\n", "line 1"),
            ("session = 5\n", "not a section"),
            ("[[session]]\n", "not a section"),
            ("[session]\nmax_sessions = -1\n", "max_sessions"),
            ("[session]\nmax_sessions = 1.0\n", "max_sessions"),
            ("[session]\nmax_sessions = true\n", "max_sessions"),
            ("[session]\nttl_hours = '168'\n", "ttl_hours"),
            (f"[session]\nttl_hours = {LONGEST_TTL_HOURS + 1}\n", "ttl_hours"),
            (f"[session]\nmax_sessions = {2**63}\n", "max_sessions"),
            ("[session]\nauto_prune = 1\n", "auto_prune"),
            ("a = " + "[" * 100_000, "deep"),
            ("[session]\nmax_sessions = 1" + "0" * 5000, "digits"),
            ('"\\u001b[31m" = ', "line 1"),
        ],
    )
    def test_a_wrong_value_makes_all_of_it_the_defaults(
        self, config: Path, text: str, reason: str
    ) -> None:
        config.write_text(f"{text}\n")
        settings = read_settings(config)
        assert (settings.max_sessions, settings.ttl_hours, settings.auto_prune) == (100, 168, True)
        assert settings.problem is not None
        assert settings.problem.startswith("config.toml: ")
        assert reason in settings.problem
        assert settings.problem.isprintable()

    def test_what_is_no_file_is_not_opened(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        assert "a FIFO" in (read_settings(tmp_path / "fifo").problem or "")
        assert "a folder" in (read_settings(tmp_path).problem or "")

    def test_bytes_that_are_no_text(self, config: Path) -> None:
        config.write_bytes(b"a = '\xff'\n")
        assert "UTF-8" in (read_settings(config).problem or "")


class TestParse:
    @pytest.mark.parametrize(
        ("text", "value"), [("0", 0), (" 42 ", 42), ("007", 7), (str(2**63 - 1), 2**63 - 1)]
    )
    def test_whole_numbers(self, text: str, value: int) -> None:
        assert parse_max_sessions(text) == value

    @pytest.mark.parametrize("parse", [parse_max_sessions, parse_ttl_hours])
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "-1",
            "+1",
            "1.0",
            "1e3",
            "0x10",
            "1_000",
            "1,000",
            "many",
            "1 2",
            "\u0661",
            "\u00b2",
            "9" * 9999,
        ],
    )
    def test_anything_else_is_refused(self, parse: object, text: str) -> None:
        assert callable(parse)
        with pytest.raises(InvalidValueError):
            parse(text)

    def test_the_largest(self) -> None:
        assert parse_ttl_hours(str(LONGEST_TTL_HOURS)) == LONGEST_TTL_HOURS
        with pytest.raises(InvalidValueError, match="2,300,000,000"):
            parse_ttl_hours(str(LONGEST_TTL_HOURS + 1))
        with pytest.raises(InvalidValueError, match="at most"):
            parse_max_sessions(str(MAX_SESSIONS_LIMIT + 1))

    def test_yes_and_no(self) -> None:
        assert [parse_auto_prune(text) for text in ("true", " Yes ", "on")] == [True, True, True]
        assert [parse_auto_prune(text) for text in ("false", "NO", "off")] == [False, False, False]
        for text in ("", "2", "maybe"):
            with pytest.raises(InvalidValueError):
                parse_auto_prune(text)

    def test_by_key(self) -> None:
        assert parse_setting("max_sessions", "5") == {"max_sessions": 5}
        assert parse_setting("ttl_hours", "0") == {"ttl_hours": 0}
        assert parse_setting("auto_prune", "no") == {"auto_prune": False}
        with pytest.raises(InvalidValueError, match="max_sessions, ttl_hours, auto_prune"):
            parse_setting("max_session", "5")


class TestWrite:
    def test_only_the_value_changes(self, config: Path) -> None:
        write_settings(config, {"max_sessions": 50})
        assert config.read_text() == FULL.replace("1_00", "50")
        assert read_settings(config).max_sessions == 50

    def test_a_new_value_comes_last_in_its_section(self, config: Path) -> None:
        write_settings(config, {"auto_prune": False, "ttl_hours": 24})
        expected = FULL.replace("= 168\n", "= 24\nauto_prune = false\n")
        assert config.read_text() == expected

    def test_values_that_are_so_already_are_not_touched(self, config: Path) -> None:
        identity = config.stat()
        change = write_settings(config, {"max_sessions": 100, "ttl_hours": 168})
        assert change.before == change.after
        assert config.read_text() == FULL
        assert config.stat().st_ino == identity.st_ino

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("", "[session]\nttl_hours = 5\n"),
            ("a = 1\n", "a = 1\n\n[session]\nttl_hours = 5\n"),
            ("[a]\nb = 1", "[a]\nb = 1\n\n[session]\nttl_hours = 5\n"),
            ("[a]\r\nb = 1\r\n", "[a]\r\nb = 1\r\n\r\n[session]\r\nttl_hours = 5\r\n"),
            (
                "[session]\r\nmax_sessions = 1 # c\r\n\r\n[z]\r\n",
                "[session]\r\nmax_sessions = 1 # c\r\nttl_hours = 5\r\n\r\n[z]\r\n",
            ),
            ("[session]\nmax_sessions = 1 # c", "[session]\nmax_sessions = 1 # c\nttl_hours = 5\n"),
            (
                "session = { ttl_hours = 6, x = 1 } # c\n[a]\n",
                "session = { ttl_hours = 5, x = 1 } # c\n[a]\n",
            ),
            (
                "session.ttl_hours = 6 # c\nother = 2\n[a]\n",
                "session.ttl_hours = 5 # c\nother = 2\n[a]\n",
            ),
            ("[session.sub]\nx = 1\n", "[session]\nttl_hours = 5\n\n[session.sub]\nx = 1\n"),
            ('["session"]\n"ttl_hours" = 6\n', '["session"]\n"ttl_hours" = 5\n'),
            ("\ufeff[session]\nttl_hours = 6\n", "\ufeff[session]\nttl_hours = 5\n"),
            ("[session]\nttl_hours = -6 # bad\n", "[session]\nttl_hours = 5 # bad\n"),
            (
                "[a]\nx = nan\n[session]\nttl_hours = 1\n",
                "[a]\nx = nan\n[session]\nttl_hours = 5\n",
            ),
            (
                "a = '''\n[session]\nttl_hours = 1\n'''\n[session]\nttl_hours=1\n",
                "a = '''\n[session]\nttl_hours = 1\n'''\n[session]\nttl_hours=5\n",
            ),
        ],
    )
    def test_every_form_of_a_section(self, config: Path, before: str, after: str) -> None:
        config.write_bytes(before.encode())
        change = write_settings(config, {"ttl_hours": 5})
        assert config.read_bytes() == after.encode()
        undo_settings_change(change)
        assert config.read_bytes() == before.encode()

    @pytest.mark.parametrize(
        "before",
        [
            "session = {}\n",
            "session = { x = 1 }\n",
            "session.x = 1\n",
            "[session]",
            "[session]\n\n\n",
        ],
    )
    def test_new_values_in_every_form(self, config: Path, before: str) -> None:
        config.write_text(before)
        write_settings(config, {"max_sessions": 1, "ttl_hours": 2, "auto_prune": False})
        assert read_settings(config) == SessionSettings(1, 2, auto_prune=False)
        old, new = tomllib.loads(before), tomllib.loads(config.read_text())
        assert old["session"].items() <= new["session"].items()

    def test_a_file_that_is_not_there_is_made(self, tmp_path: Path) -> None:
        config = tmp_path / "new" / "config.toml"
        change = write_settings(config, {"auto_prune": False})
        assert config.read_text() == "[session]\nauto_prune = false\n"
        undone = undo_settings_change(through_json(change))
        assert not config.exists()
        undo_settings_change(undone)
        assert config.read_text() == "[session]\nauto_prune = false\n"

    def test_the_mode_stays_and_no_temp_file(self, config: Path) -> None:
        config.chmod(0o600)
        write_settings(config, {"max_sessions": 50})
        assert stat.S_IMODE(config.stat().st_mode) == 0o600
        assert [path.name for path in config.parent.glob("config*")] == ["config.toml"]

    def test_through_a_link_of_the_home_which_stays_one(self, config: Path) -> None:
        link = oxios_home() / "config.toml"
        link.parent.mkdir()
        link.symlink_to(config)
        undo_settings_change(write_settings(link, {"max_sessions": 50}))
        write_settings(link, {"max_sessions": 60})
        assert link.is_symlink()
        assert read_settings(config).max_sessions == 60

    def test_through_no_link_of_a_store(self, config: Path) -> None:
        link = config.with_name("link.toml")
        link.symlink_to(config.name)
        with pytest.raises(WriteFailedError, match="is a link"):
            write_settings(link, {"max_sessions": 50})
        assert config.read_text() == FULL

    @pytest.mark.timeout(10)
    def test_a_file_beyond_all_bounds_is_not_read(self, config: Path) -> None:
        os.truncate(config, 100 << 30)
        assert "larger than" in (read_settings(config).problem or "")
        with pytest.raises(UnreadableError, match="larger than"):
            write_settings(config, {"max_sessions": 50})

    @pytest.mark.parametrize(
        "values",
        [
            {"max_sessions": -1},
            {"max_sessions": True},
            {"ttl_hours": LONGEST_TTL_HOURS + 1},
            {"auto_prune": 1},
        ],
    )
    def test_a_wrong_value_is_refused(self, config: Path, values: SettingsValue) -> None:
        with pytest.raises(InvalidValueError):
            write_settings(config, values)
        assert config.read_text() == FULL

    @pytest.mark.parametrize("text", ["[session\n", "session = 5\n", "[[session]]\n"])
    def test_a_file_that_cannot_be_read_is_not_written(self, config: Path, text: str) -> None:
        config.write_text(text)
        with pytest.raises(UnreadableError, match=r"config\.toml: .* nothing was changed"):
            write_settings(config, {"max_sessions": 5})
        assert config.read_text() == text

    def test_a_form_that_an_edit_could_not_keep_is_refused(
        self, config: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nested = f"[session]\nttl_hours = 1\nx = {'[' * 300}{']' * 300}\n"
        config.write_text(nested)
        with pytest.raises(UnreadableError, match="could not keep"):
            write_settings(config, {"ttl_hours": 5})
        assert config.read_text() == nested

        config.write_text(FULL)
        whole = tomlkit.dumps
        monkeypatch.setattr(tomlkit, "dumps", lambda value: whole(value) + "lost = 1\n")  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        with pytest.raises(UnreadableError, match="could not keep"):
            write_settings(config, {"ttl_hours": 5})
        assert config.read_text() == FULL

    def test_no_values_are_no_change(self, tmp_path: Path) -> None:
        (tmp_path / "config.toml").write_text("a = 1\n")
        change = write_settings(tmp_path / "config.toml", {})
        assert change.before == change.after
        assert (tmp_path / "config.toml").read_text() == "a = 1\n"

    def test_a_fifo_is_not_written(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "config.toml")
        with pytest.raises(UnreadableError, match="FIFO"):
            write_settings(tmp_path / "config.toml", {"max_sessions": 5})

    def test_where_no_folder_can_be(self, config: Path) -> None:
        with pytest.raises((UnreadableError, WriteFailedError)):
            write_settings(config / "below" / "config.toml", {"max_sessions": 5})
        assert config.read_text() == FULL

    def test_somebody_elses_write_in_between_is_not_lost(self, config: Path) -> None:
        def edit(content: bytes) -> bytes:
            config.write_text("theirs = true\n")
            return content + b"ours = true\n"

        with pytest.raises(ChangedError):
            change_config(config, edit)
        assert config.read_text() == "theirs = true\n"


class TestUndo:
    def test_restores_the_bytes_and_the_time_and_can_be_undone(self, config: Path) -> None:
        os.utime(config, ns=(10**18 + 1, 10**18 + 1))
        change = write_settings(config, {"max_sessions": 50, "auto_prune": False})
        after = config.read_bytes()
        undone = undo_settings_change(through_json(change))
        assert config.read_text() == FULL
        assert config.stat().st_mtime_ns == 10**18 + 1
        undo_settings_change(through_json(undone))
        assert config.read_bytes() == after

    def test_refuses_when_the_file_was_changed_since(self, config: Path) -> None:
        change = write_settings(config, {"max_sessions": 50})
        config.write_text("theirs = true\n")
        with pytest.raises(ChangedError, match=r"config\.toml"):
            undo_settings_change(change)
        assert config.read_text() == "theirs = true\n"
        config.unlink()
        with pytest.raises(ChangedError):
            undo_settings_change(change)
        assert not config.exists()

    def test_the_journal_learns_no_secrets(self, config: Path) -> None:
        change = write_settings(config, {"max_sessions": 50, "ttl_hours": 24})
        assert b"secret" not in change.removed + change.inserted
        assert len(change.removed) < 60
