# ruff: noqa: RUF001 - Korean quotation marks
"""Talks about the Korean documentation."""

from typing import Final

from oxtui.demo.script import Talk, ago, call, on, think, turn

_README: Final = Talk(
    key="readme-ko",
    project="한국어 문서",
    last=ago(74),
    turns=(
        turn(
            "README를 한국어로 번역해 주세요. 존댓말로, 기술 용어는 용어집을 따라 주세요.",
            call("read", 16, "# Ferry\nParcel tracking for small shops", path="README.md"),
            call(
                "read",
                9,
                "webhook=웹훅, endpoint=엔드포인트, replay=재전송",
                path="docs/ko/용어집.csv",
            ),
            think("용어집에 replay는 ‘재생’이 아니라 ‘재전송’으로 되어 있다. 문맥에도 그게 맞다."),
            call("write", 33, "README.ko.md: 84줄", path="README.ko.md"),
            answer="""
            번역했습니다. `README.ko.md`의 첫 부분입니다.

            > **Ferry**는 작은 상점을 위한 배송 추적 서비스입니다. 주문 하나에 웹훅 하나면
            > 충분합니다.

            확인이 필요한 곳이 두 군데 있습니다.

            1. *replay*는 용어집대로 **재전송**으로 옮겼습니다.
            2. *small shops*는 ‘소상공인’과 ‘작은 상점’ 사이에서 뒤의 것을 골랐습니다.
            """,
        ),
        turn(
            "좋아요. ‘작은 상점’이 더 낫네요. 설치 부분의 코드는 그대로 두었나요?",
            call(
                "bash",
                44,
                "코드 블록 7개, 차이 없음",
                command="./compare-code.sh README.md README.ko.md",
            ),
            answer="""
            네, 코드 블록 7개는 한 글자도 바꾸지 않았습니다. 주석만 옮겼습니다.

            ```bash
            # 테스트용 이벤트를 보냅니다
            ferry send --event parcel.delivered --to http://localhost:8080/hook
            ```
            """,
            after=5,
        ),
        turn(
            "완벽해요 👍 PR 올려 주세요.",
            call(
                "bash",
                2_190,
                "https://git.ferry.example/docs/pulls/87",
                command="gh pr create --fill",
            ),
            answer="""
            [#87](https://git.ferry.example/docs/pulls/87)로 올렸습니다. 검토자는 지은 님입니다.
            """,
            after=3,
        ),
    ),
)

_GLOSSARY: Final = Talk(
    key="glossary",
    project="한국어 문서",
    last=on(2, "10:12"),
    title="용어집 정리",
    turns=(
        turn(
            "용어집에서 서로 어긋나는 번역을 찾아 주세요",
            call(
                "bash",
                132,
                "용어 214개, 문서 61개",
                command="./terms.py docs/ko --against docs/ko/용어집.csv",
            ),
            answer="""
            세 용어가 문서마다 다르게 쓰이고 있습니다.

            | 영어 | 용어집 | 문서에서 | 횟수 |
            | --- | --- | --- | ---: |
            | retry | 재시도 | 다시 시도 | 12 |
            | timeout | 시간 초과 | 타임아웃 | 9 |
            | payload | 페이로드 | 본문 | 4 |

            *timeout*은 개발자들이 ‘타임아웃’이라고 더 많이 말하니, 용어집을 바꾸는 편이 좋겠습니다.
            """,
        ),
        turn(
            "timeout은 ‘타임아웃’으로 바꾸고, 나머지는 용어집에 맞춰 주세요.",
            call("edit", 41, "용어집.csv: +1 -1", path="docs/ko/용어집.csv"),
            call("bash", 268, "16곳 변경, 7개 파일", command="./terms.py docs/ko --fix"),
            answer="문서 7개에서 16곳을 바꿨고, 용어집의 *timeout*을 ‘타임아웃’으로 고쳤습니다.",
            after=7,
        ),
    ),
)

_ERRORS: Final = Talk(
    key="errors-ko",
    project="한국어 문서",
    last=on(12, "15:27"),
    era="plain",
    turns=(
        turn(
            "오류 메시지 문체를 통일하고 싶어요. 지금은 ‘합니다’와 ‘하세요’가 섞여 있어요.",
            call(
                "grep",
                57,
                "src/i18n/ko.json: 63건",
                pattern="(합니다|하세요|해주세요)",
                path="src/i18n/ko.json",
            ),
            think("무슨 일이 일어났는지는 ‘-습니다’, 무엇을 해야 하는지는 ‘-세요’로 나누면 된다."),
            answer="""
            한 문장에 한 가지 역할을 주면 자연스럽게 통일됩니다.

            - **일어난 일**은 ‘-습니다’: *파일을 열 수 없습니다.*
            - **할 일**은 ‘-세요’: *권한을 확인하세요.*

            63개 가운데 48개는 이미 그렇습니다. 나머지 15개의 수정안을 `ko.diff`에 적었습니다.
            """,
        ),
    ),
)

TALKS: Final = (_README, _GLOSSARY, _ERRORS)
