"""Talks about the mobile app, in Kotlin and Swift."""

from typing import Final

from oxtui.demo.script import Talk, ago, call, on, think, turn

_ROTATE: Final = Talk(
    key="rotate",
    project="mobile app",
    last=ago(112),
    turns=(
        turn(
            """
            Crash when I rotate the phone on the parcel screen

            ```
            java.lang.IllegalStateException: ViewModelStore should be set before setGraph call
                at androidx.navigation.NavController.setGraph(NavController.kt:1212)
                at app.ferry.parcel.ParcelScreenKt.ParcelHost(ParcelScreen.kt:58)
            ```
            """,
            call(
                "read",
                18,
                "val nav = remember { NavHostController(context) }",
                path="app/src/main/java/app/ferry/parcel/ParcelScreen.kt",
                offset=50,
            ),
            think("remember {} with a controller of its own: it has no owner after recreation."),
            call("edit", 61, "ParcelScreen.kt: +1 -3", path="ParcelScreen.kt"),
            call(
                "bash",
                148_330,
                "ParcelScreenTest > survivesRotation PASSED\nBUILD SUCCESSFUL in 2m 28s",
                command="./gradlew :app:connectedDebugAndroidTest --tests '*ParcelScreen*'",
            ),
            answer="""
            The screen builds its own `NavHostController`, and nobody gives that one a
            `ViewModelStore` when the activity is made again. Compose has a function for it:

            ```kotlin
            @Composable
            fun ParcelHost(parcelId: ParcelId) {
                val nav = rememberNavController()
                NavHost(nav, startDestination = Route.Details(parcelId)) {
                    composable<Route.Details> { Details(it.toRoute<Route.Details>().id) }
                    composable<Route.Map> { CourierMap() }
                }
            }
            ```

            There is a test that rotates twice now. It failed before and passes with the change.
            """,
        ),
        turn(
            "Does the scroll position survive too?",
            call("grep", 22, "Details.kt:33: val list = LazyListState()", pattern="LazyListState"),
            call("edit", 40, "Details.kt: +1 -1", path="Details.kt"),
            answer="""
            It didn't. `rememberLazyListState()` keeps it, also when Android kills the app.
            """,
            after=6,
        ),
    ),
)

_PUSH: Final = Talk(
    key="push",
    project="mobile app",
    last=on(3, "11:31"),
    turns=(
        turn(
            "Push notifications arrive twice on iOS, but only for some users",
            call("grep", 27, "2 matches", pattern="registerForRemoteNotifications", path="ios"),
            call(
                "bash",
                1_420,
                "user 20931: 2 device tokens, same model, created 0.4 s apart",
                command="ferryctl devices --duplicates --platform ios",
            ),
            think("Both call sites run at a fresh start: the app delegate and the login screen."),
            answer="""
            Those users have two device tokens, made less than a second apart. The app registers at
            launch **and** after login, both requests are answered, and the server keeps both.

            ```swift
            actor PushRegistration {
                private var running: Task<Token, Error>?

                func token() async throws -> Token {
                    if let running { return try await running.value }
                    let task = Task { try await register() }
                    running = task
                    defer { running = nil }
                    return try await task.value
                }
            }
            ```

            With this, the second caller waits for the first. The server should also replace
            tokens with the same device id; I'd do both.
            """,
        ),
        turn(
            "Do both. How many users are affected?",
            call("bash", 1_377, "1,142 of 38,209", command="ferryctl devices --duplicates --count"),
            call("edit", 70, "PushRegistration.swift: +19 -4", path="ios/PushRegistration.swift"),
            call("edit", 66, "devices.rs: +8 -2", path="src/devices.rs"),
            call("bash", 52_706, "** TEST SUCCEEDED **", command="xcodebuild test -scheme Ferry"),
            answer="""
            3 % of the users on iOS: 1,142 of 38,209. The migration keeps the newest token of each
            device and deletes 1,187 old ones. It has not been run; it's waiting for your review.
            """,
            after=13,
        ),
    ),
)

_LAUNCH: Final = Talk(
    key="launch",
    project="mobile app",
    last=on(5, "14:10"),
    turns=(
        turn(
            "🚀🎉 Launch checklist for 2.0 🎊",
            call("memory_recall", 122, "1.0: forgot the age rating", query="mobile launch lessons"),
            answer="""
            **A week before**
            - [x] Feature freeze, strings frozen
            - [x] Screenshots in 5 languages 🇰🇷 🇯🇵 🇩🇪 🇫🇷 🇬🇧
            - [ ] Age rating (forgotten for 1.0!)
            - [ ] Staged rollout: 1 % → 10 % → 50 % → 100 %

            **On the day**
            - [ ] Crash-free sessions ≥ 99.7 % before each step
            - [ ] Support knows about the new login 👩‍💻
            - [ ] Nobody launches on a Friday 🙃
            """,
        ),
        turn(
            "Who could be on call for each step? Mina, Jonas, Aiko, Priya",
            answer="""
            | step | day | on call | backup |
            | ---: | --- | --- | --- |
            | 1 % | Monday | Mina | Jonas |
            | 10 % | Tuesday | Aiko | Mina |
            | 50 % | Wednesday | Jonas | Priya |
            | 100 % | Thursday | Priya | Aiko |
            """,
            after=3,
        ),
    ),
)

TALKS: Final = (_ROTATE, _PUSH, _LAUNCH)
