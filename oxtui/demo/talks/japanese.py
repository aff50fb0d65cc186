# ruff: noqa: RUF001 - Japanese is written with full-width punctuation
"""Talks in Japanese."""

from typing import Final

from oxtui.demo.script import Talk, call, on, think, turn

_JAPANESE: Final = Talk(
    key="japanese-log",
    project="infrastructure",
    last=on(7, "13:20"),
    user_id="companion",
    turns=(
        turn(
            "昨夜のエラーログを要約してください",
            call(
                "bash",
                812,
                "ERROR 37 件、WARN 212 件",
                command="journalctl -u ferry -p warning --since yesterday | ./count.py",
            ),
            think("37件のうち31件は同じ接続エラー。残りの6件を分けて見る。"),
            answer="""
            昨夜（22:00〜06:00）のエラーは37件でした。

            | 件数 | 内容 | 対応 |
            | ---: | --- | --- |
            | 31 | 決済APIへの接続タイムアウト | 先方の計画メンテナンス。対応不要 |
            | 4 | 画像変換のメモリ不足 | 上限を512MBから1GBへ |
            | 2 | 不正なWebhook署名 | 顧客に連絡済み |

            ユーザーへの影響は、画像変換の4件だけです。
            """,
        ),
        turn(
            "メモリの上限を上げてください。ほかのサービスへの影響はありますか？",
            call("edit", 49, "roles/media/vars.yml: +1 -1", path="roles/media/vars.yml"),
            call(
                "bash",
                11_290,
                "edge-4: ok=5 changed=1",
                command="ansible-playbook media.yml -l edge-4",
            ),
            answer="""
            上限を1GBに変更し、edge-4に反映しました。

            - 変更前の空きメモリ：3.1GB
            - 変更後の最大使用時：2.6GB

            同じホストのサービスには影響ありません。
            """,
            after=5,
        ),
    ),
)

TALKS: Final = (_JAPANESE,)
