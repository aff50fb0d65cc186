"""Which store, which configuration, which folders of oxtui's own."""

import os
import pwd
from pathlib import Path

import pytest

from oxtui.errors import StoreNotFoundError
from oxtui.locations import (
    StoreSource,
    cache_folder,
    config_path,
    crash_path,
    home_shortened,
    locate_store,
    require_store,
    settings_path,
    state_folder,
    store_key,
)


@pytest.fixture
def home(own_home: Path) -> Path:
    """A home folder with an empty folder of Oxios in it."""
    (own_home / ".oxios").mkdir()
    return own_home


def write_config(home: Path, text: str) -> Path:
    path = home / ".oxios" / "config.toml"
    path.write_text(text, "utf-8")
    return path


class TestLocateStore:
    def test_the_option_comes_first(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write_config(home, '[kernel]\nworkspace = "/from/config"\n')
        monkeypatch.setenv("OXTUI_STORE", "/from/environment")
        location = locate_store(Path("/from/option"))
        assert location.path == Path("/from/option")
        assert location.source is StoreSource.OPTION

    def test_then_the_environment(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write_config(home, '[kernel]\nworkspace = "/from/config"\n')
        monkeypatch.setenv("OXTUI_STORE", "/from/environment")
        location = locate_store()
        assert location.path == Path("/from/environment")
        assert location.source is StoreSource.ENVIRONMENT

    def test_an_empty_variable_names_nothing(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OXTUI_STORE", "")
        assert locate_store().source is StoreSource.DEFAULT

    def test_then_what_oxios_is_configured_to_use(self, home: Path) -> None:
        write_config(home, '# mine\n[kernel]\nworkspace = "/srv/oxios/ws"\n')
        location = locate_store()
        assert location.path == Path("/srv/oxios/ws")
        assert location.source is StoreSource.CONFIG
        assert location.note is None

    def test_a_byte_order_mark_is_passed_over(self, home: Path) -> None:
        write_config(home, '\ufeff[kernel]\nworkspace = "/srv/oxios/ws"\n')
        assert locate_store().path == Path("/srv/oxios/ws")

    def test_else_the_default(self, home: Path) -> None:
        assert locate_store().path == home / ".oxios" / "workspace"
        assert locate_store().source is StoreSource.DEFAULT

    def test_a_config_without_a_workspace_means_the_default(self, home: Path) -> None:
        write_config(home, "[session]\nmax_sessions = 5\n")
        location = locate_store()
        assert location.path == home / ".oxios" / "workspace"
        assert location.note is None

    def test_a_home_in_the_option_or_variable_is_expanded(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OXTUI_STORE", "~/ws")
        assert locate_store().path == home / "ws"
        assert locate_store(Path("~/other")).path == home / "other"

    def test_a_user_that_does_not_exist_is_taken_literally(self, home: Path) -> None:
        assert locate_store(Path("~nobody-of-that-name/ws")).path == Path("~nobody-of-that-name/ws")

    def test_a_home_in_the_config_is_literal_as_in_oxios_and_said(self, home: Path) -> None:
        write_config(home, '[kernel]\nworkspace = "~/.oxios/workspace"\n')
        location = locate_store()
        assert location.path == Path("~/.oxios/workspace")
        assert location.note is not None
        assert "literally" in location.note

    def test_a_relative_workspace_is_said(self, home: Path) -> None:
        write_config(home, '[kernel]\nworkspace = "ws"\n')
        location = locate_store()
        assert location.path == Path("ws")
        assert location.note is not None
        assert "relative" in location.note

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("[kernel\n", "line 1"),
            ("kernel = 5\n", "not a section"),
            ("[kernel]\nworkspace = 5\n", "not a path"),
            ('[kernel]\nworkspace = ""\n', "not a path"),
            ("a = " + "[" * 100_000, "deep"),
        ],
    )
    def test_a_damaged_config_stops_nothing(self, home: Path, text: str, reason: str) -> None:
        write_config(home, text)
        location = locate_store()
        assert location.path == home / ".oxios" / "workspace"
        assert location.source is StoreSource.DEFAULT
        assert location.note is not None
        assert reason in location.note
        assert "config.toml" in location.note

    def test_a_config_that_is_not_utf8(self, home: Path) -> None:
        (home / ".oxios" / "config.toml").write_bytes(b'[kernel]\nworkspace = "\xff"\n')
        assert "UTF-8" in (locate_store().note or "")

    def test_a_fifo_is_not_opened(self, home: Path) -> None:
        os.mkfifo(home / ".oxios" / "config.toml")
        location = locate_store()
        assert location.source is StoreSource.DEFAULT
        assert "regular file" in (location.note or "")

    def test_control_characters_of_the_config_are_not_repeated(self, home: Path) -> None:
        write_config(home, '[kernel]\nworkspace = "~/\\u001b]52;c;x\\u0007"\n')
        location = locate_store()
        assert "\x1b" not in location.described()
        assert "\x07" not in location.described()


class TestRequireStore:
    def test_a_folder_is_a_store_even_without_sessions(self, tmp_path: Path) -> None:
        assert require_store(tmp_path) == tmp_path

    def test_absent_says_where_it_looked_and_what_to_do(self, home: Path) -> None:
        with pytest.raises(StoreNotFoundError) as caught:
            require_store(locate_store())
        message = caught.value.message
        assert str(home / ".oxios" / "workspace") in message
        assert StoreSource.DEFAULT in message
        assert "oxtui demo" in message
        assert "--store" in message
        assert "\n" not in message

    def test_a_relative_path_is_said_in_full(
        self, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_config(home, '[kernel]\nworkspace = "~/ws"\n')
        monkeypatch.chdir(tmp_path)
        with pytest.raises(StoreNotFoundError) as caught:
            require_store(locate_store())
        assert f"{tmp_path}/~/ws" in caught.value.message

    def test_a_current_folder_that_is_gone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "gone").mkdir()
        monkeypatch.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
        with pytest.raises(StoreNotFoundError):
            require_store(Path("store"))

    def test_the_note_is_part_of_it(self, home: Path) -> None:
        write_config(home, "[kernel\n")
        with pytest.raises(StoreNotFoundError, match=r"config\.toml was not used"):
            require_store(locate_store())

    def test_a_file_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "store"
        file.write_text("")
        with pytest.raises(StoreNotFoundError, match="not a folder"):
            require_store(file)
        with pytest.raises(StoreNotFoundError, match="no such folder"):
            require_store(file / "below")

    def test_a_path_that_is_none(self) -> None:
        with pytest.raises(StoreNotFoundError, match="not a path"):
            require_store(Path("a\0b"))

    def test_a_circle_of_links(self, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(link)
        with pytest.raises(StoreNotFoundError):
            require_store(link)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_folder_that_may_not_be_read(self, tmp_path: Path) -> None:
        store = tmp_path / "store"
        store.mkdir(mode=0o000)
        with pytest.raises(StoreNotFoundError, match="permission"):
            require_store(store)


class TestConfigPath:
    def test_the_one_in_the_store(self, home: Path) -> None:
        store = home / ".oxios" / "workspace"
        store.mkdir()
        (store / "config.toml").write_text("")
        write_config(home, "")
        assert config_path(store) == store / "config.toml"

    def test_else_the_one_beside_it(self, tmp_path: Path, home: Path) -> None:
        store = tmp_path / "other" / "workspace"
        store.mkdir(parents=True)
        (tmp_path / "other" / "config.toml").write_text("")
        write_config(home, "")
        assert config_path(store) == tmp_path / "other" / "config.toml"

    def test_beside_a_relative_store(
        self, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "other" / "workspace").mkdir(parents=True)
        (tmp_path / "other" / "config.toml").write_text("")
        monkeypatch.chdir(tmp_path / "other" / "workspace")
        for store in (".", "../workspace", "../workspace/../workspace"):
            assert config_path(Path(store)) == tmp_path / "other" / "config.toml"

    def test_else_that_of_oxios_there_or_not(self, tmp_path: Path, home: Path) -> None:
        store = tmp_path / "deep" / "store"
        store.mkdir(parents=True)
        assert config_path(store) == home / ".oxios" / "config.toml"
        (tmp_path / "deep" / "config.toml").mkdir()  # what can't be read is said, not passed over
        assert config_path(store) == tmp_path / "deep" / "config.toml"
        os.mkfifo(store / "config.toml")
        assert config_path(store) == store / "config.toml"


class TestOwnFolders:
    def test_a_store_has_one_key_however_it_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = tmp_path / "store"
        store.mkdir()
        (tmp_path / "link").symlink_to(store)
        monkeypatch.chdir(tmp_path)
        keys = {store_key(path) for path in (store, tmp_path / "link", Path("store"))}
        assert len(keys) == 1
        assert store_key(tmp_path) not in keys

    def test_folders_are_the_systems_own(
        self, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("CACHE", "CONFIG", "STATE"):
            monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
        assert str(settings_path()).startswith(str(tmp_path))
        for folder in (cache_folder(tmp_path), state_folder(tmp_path)):
            assert str(folder).startswith(str(tmp_path))
            assert folder.name == store_key(tmp_path)
            assert not folder.exists()


def test_who_has_no_home_has_no_folders_of_oxtuis_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(uid: int) -> None:
        raise KeyError(uid)

    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for path in (settings_path(), cache_folder(tmp_path), state_folder(tmp_path), crash_path()):
        assert not path.exists()
        with pytest.raises(OSError, match="Not a directory"):
            path.parent.mkdir(parents=True)
    assert home_shortened(tmp_path) == str(tmp_path)
    assert locate_store().path == Path("~/.oxios/workspace")
