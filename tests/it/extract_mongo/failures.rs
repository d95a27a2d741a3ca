//! Servers that go away, and settings that are wrong.

use super::*;

#[test]
fn a_server_that_comes_back_is_read_to_the_end() {
    let Some(mut server) = Mongod::start(Setup::default()) else {
        return;
    };
    index(&server, "crash");
    server.insert("crash", "conversations", entries(40_000, 700));
    let mut bench = Bench::new(&server.uri(), "crash");
    bench.settings.batch_size = 300;
    let counted = std::thread::scope(|scope| {
        let server = &mut server;
        let mut server = Some(server);
        bench
            .run_with(
                false,
                Box::new(|batch| {
                    if batch == 2
                        && let Some(server) = server.take()
                    {
                        server.kill();
                        scope.spawn(|| {
                            std::thread::sleep(Duration::from_millis(1500));
                            server.resume();
                        });
                    }
                    Ok(())
                }),
            )
            .expect("the run goes on")
    });
    assert_eq!(counts(counted), (40_000, 40_000, 0, 0));
    assert_eq!(bench.ids().len(), 40_000);
    assert!(bench.retries() > 0);
    assert_eq!(bench.run().landed, 0);
}

#[test]
fn a_cursor_the_server_forgot_is_opened_again_where_it_was() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "cursor");
    server.insert("cursor", "conversations", entries(5000, 800));
    bench.settings.uri = Secret::new(format!("{}&appName=forgetful", server.uri()));
    bench.settings.batch_size = 300;
    // CursorNotFound, twice, in the middle of the documents of one instant.
    let fail = doc! { "failCommands": ["getMore"], "errorCode": 43, "appName": "forgetful" };
    let twice = doc! { "times": 2 };
    server.command(
        "admin",
        doc! { "configureFailPoint": "failCommand", "mode": twice, "data": fail },
    );
    assert_eq!(counts(bench.run()), (5000, 5000, 0, 0));
    assert_eq!(bench.ids().len(), 5000);
    assert_eq!(bench.retries(), 2);
}

#[test]
fn a_server_that_stays_away_is_named_and_the_next_run_goes_on() {
    let Some(mut server) = Mongod::start(Setup {
        auth: true,
        tls: false,
    }) else {
        return;
    };
    index(&server, "gone");
    server.insert("gone", "conversations", entries(30_000, 10));
    let mut bench = Bench::new(&server.uri(), "gone");
    bench.settings.retries = 1;
    bench.settings.timeout = Duration::from_secs(1);
    bench.settings.batch_size = 300;
    bench.settings.lookback = Duration::from_secs(60);
    let mut first = Some(&mut server);
    let error = bench
        .run_with(
            false,
            Box::new(|batch| {
                if batch == 1
                    && let Some(server) = first.take()
                {
                    server.kill();
                }
                Ok(())
            }),
        )
        .expect_err("no server");
    assert_eq!(error.kind(), Kind::SourceUnavailable);
    let text = error.to_string();
    assert!(
        text.contains(&format!("mongodb://***@{}", server.host())),
        "{text}"
    );
    assert!(text.contains("`gone.conversations`"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
    assert!(bench.retries() >= 1);
    let before = bench.rows().len();
    assert!((1..30_000).contains(&before), "{before}");
    server.resume();
    bench.settings.timeout = Duration::from_secs(10);
    bench.settings.retries = 5;
    let rest = bench.run();
    assert_eq!(rest.landed as usize, 30_000 - before);
    assert_eq!(rest.duplicates, 610);
    assert_eq!(bench.ids().len(), 30_000);
}

#[test]
fn logins_and_tls_are_explained() {
    let Some(server) = Mongod::start(Setup {
        auth: true,
        tls: true,
    }) else {
        return;
    };
    server.insert("secure", "conversations", entries(10, 1));
    assert_eq!(Bench::new(&server.uri(), "secure").run().landed, 10);
    let failure = |uri: &str| {
        let error = Bench::new(uri, "secure")
            .run_with(false, Box::new(|_| Ok(())))
            .expect_err("refused");
        let text = error.to_string();
        assert!(
            !text.contains(PASSWORD) && !text.contains("wr0ng"),
            "{text}"
        );
        (error.kind(), text)
    };
    let (host, options) = (server.host(), server.options());
    let (kind, text) = failure(&format!("mongodb://{USER}:wr0ng@{host}/?{options}"));
    assert_eq!(kind, Kind::Config, "{text}");
    assert!(
        text.contains("log in") && text.contains("authSource"),
        "{text}"
    );
    let (kind, text) = failure(&format!("mongodb://{host}/?{options}"));
    assert_eq!(kind, Kind::Config, "{text}");
    assert!(text.contains("not allowed"), "{text}");
    let (kind, text) = failure(&format!(
        "mongodb://{USER}:wr0ng@{host}/?directConnection=true"
    ));
    assert_eq!(kind, Kind::SourceUnavailable, "{text}");
    assert!(text.contains("tls=true"), "{text}");
    let (kind, text) = failure(&format!(
        "mongodb://{USER}:wr0ng@{host}/?directConnection=true&tls=true"
    ));
    assert_eq!(kind, Kind::SourceUnavailable, "{text}");
    assert!(text.contains("tlsCAFile"), "{text}");
}

#[test]
fn wrong_settings_are_explained() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    server.command("settings", doc! { "dropDatabase": 1 });
    server.insert("settings", "conversation", entries(1, 1));
    let failure = |uri: &str, database: &str| {
        let error = Bench::new(uri, database)
            .run_with(false, Box::new(|_| Ok(())))
            .expect_err("refused");
        (error.kind(), error.to_string())
    };
    let (kind, text) = failure(&server.uri(), "settings");
    assert_eq!(kind, Kind::Config);
    assert!(
        text.contains("`conversations`") && text.contains("to `conversation`?"),
        "{text}"
    );
    let (kind, text) = failure(&server.uri(), "setting");
    assert_eq!(kind, Kind::Config);
    assert!(
        text.contains("`setting`") && text.contains("to `settings`?"),
        "{text}"
    );
    let (kind, text) = failure(&format!("{}&socketTimeoutMS=5", server.uri()), "settings");
    assert_eq!(kind, Kind::Config);
    assert!(text.contains("Remove `socketTimeoutMS`"), "{text}");
    let (kind, text) = failure(
        &format!("mongodb://{}/?replicaSet=rs1", server.host()),
        "settings",
    );
    assert_eq!(kind, Kind::SourceUnavailable);
    assert!(text.contains("replicaSet"), "{text}");
    let (kind, text) = failure("mongodb://127.0.0.1:1/", "settings");
    assert_eq!(kind, Kind::SourceUnavailable);
    assert!(text.contains("127.0.0.1:1"), "{text}");
    let (kind, _) = failure("localhost", "settings");
    assert_eq!(kind, Kind::Config);
}
