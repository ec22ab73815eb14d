"""A file on its way: its name, its protocol, its end."""

from pathlib import Path

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.files.file_transfer import Transfer, TransferProtocol, protocol_of, safe_name


@given(st.text(max_size=300))
def test_no_name_is_dangerous(name: str) -> None:
    """Whatever a charge point calls its file: no folder, nothing hidden, nothing long, never nothing."""
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert not safe.startswith(".")
    assert 0 < len(safe) <= 80
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("diagnostics-2027.tar.gz", "diagnostics-2027.tar.gz"),
        ("../../etc/passwd", "passwd"),
        ("C:\\logs\\log 1.txt", "log_1.txt"),
        ("..", "file"),
        ("", "file"),
        (".bashrc", "bashrc"),
    ],
)
def test_a_good_name_stays_what_it_is(name: str, safe: str) -> None:
    """As far as it can."""
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("supported", "base_url", "protocol"),
    [
        ((), "http://x", TransferProtocol.HTTP),
        (("FTP",), "http://x", TransferProtocol.FTP),
        (("ftp", "http"), "http://x", TransferProtocol.HTTP),
        (("FTP", "HTTP"), "https://x", TransferProtocol.FTP),
        (("FTP", "HTTPS"), "https://x", TransferProtocol.HTTP),
        (("SFTP",), "http://x", TransferProtocol.HTTP),
    ],
)
def test_the_protocol_is_one_that_both_speak(
    supported: tuple[str, ...], base_url: str, protocol: TransferProtocol
) -> None:
    """HTTP if the charge point knows it, else FTP; HTTP also when it does not say."""
    assert protocol_of(supported, base_url) is protocol


async def test_a_second_file_of_a_name_replaces_no_other(tmp_path: Path) -> None:
    """It gets a number."""
    kept = []
    for content in ("one", "two", "three"):
        part = tmp_path / ".part"
        part.write_text(content)
        transfer = Transfer(tmp_path, expected=True, seconds=60)
        kept.append(await transfer.keep(part, "log.tar.gz"))
        transfer.end()
    assert [path.name for path in kept] == ["log.tar.gz", "log-2.tar.gz", "log-3.tar.gz"]
    assert [path.read_text() for path in kept] == ["one", "two", "three"]


async def test_a_transfer_ends_once(tmp_path: Path) -> None:
    """By its time, or by hand; whoever waits is told that nothing has come."""
    ends: list[str] = []
    transfer = Transfer(tmp_path, expected=True, seconds=0)
    transfer.on_end(lambda: ends.append("end"))
    assert await transfer.wait() is None
    transfer.end()
    assert ends == ["end"]
