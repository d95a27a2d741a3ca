//! A real MongoDB server for tests: a single-node replica set in a folder of its own.
//!
//! `tests/mongod/install` provides the program, unless `CCA_TEST_MONGOD` names one. Where neither
//! is possible, [`Mongod::start`] says so on stderr and gives `None`, and the test passes. The
//! server ends with the test process, however that ends.

use std::future::Future;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection};

/// How a server is set up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Setup {
    /// Ask for a login; the user is [`USER`] with [`PASSWORD`].
    pub(crate) auth: bool,
    /// Accept TLS only, with a certificate signed by [`Mongod::ca_file`].
    pub(crate) tls: bool,
}

/// User of a server with `auth`.
pub(crate) const USER: &str = "cca";
/// Password of [`USER`]; holds a character that connection strings encode.
pub(crate) const PASSWORD: &str = "s3cret@word";

/// A running server.
pub(crate) struct Mongod {
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    setup: Setup,
    keeper: Option<Child>,
}

/// Runs the server until a line arrives on stdin (keep the folder) or stdin ends (remove it).
const KEEPER: &str = r#"
folder=$1; shift
"$@" >>"$folder/log" 2>&1 &
server=$!
if read -r _; then remove=; else remove=yes; fi
kill -9 "$server"
wait "$server" 2>/dev/null
[ -z "$remove" ] || rm -rf "$folder"
"#;

impl Mongod {
    /// A server without login and TLS that many tests share; each uses its own database.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Mongod>> = OnceLock::new();
        SHARED
            .get_or_init(|| Mongod::start(Setup::default()))
            .as_ref()
    }

    /// A server of one's own.
    pub(crate) fn start(setup: Setup) -> Option<Self> {
        let program = match program() {
            Ok(program) => program,
            Err(reason) => {
                eprintln!("skipped: no MongoDB server for tests: {reason}");
                return None;
            }
        };
        let folder = tempfile::Builder::new()
            .prefix("cca-mongod-")
            .tempdir()
            .expect("a folder")
            .keep();
        std::fs::create_dir(folder.join("db")).expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a port")
            .port();
        if setup.tls {
            make_certificates(&folder);
        }
        if setup.auth {
            make_key_file(&folder.join("key"));
        }
        let mut server = Self {
            program,
            folder,
            port,
            setup,
            keeper: None,
        };
        server.resume();
        server.initiate();
        Some(server)
    }

    /// Ends the server at once, as a crash does; its data stay.
    pub(crate) fn kill(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            if let Some(mut stdin) = keeper.stdin.take() {
                stdin.write_all(b"stop\n").expect("the server was running");
            }
            keeper.wait().expect("the server ended");
        }
    }

    /// Starts the server again, on the same data and port.
    pub(crate) fn resume(&mut self) {
        let mut command = Command::new("sh");
        command
            .args(["-c", KEEPER, "sh"])
            .arg(&self.folder)
            .arg(&self.program);
        command
            .arg("--dbpath")
            .arg(self.folder.join("db"))
            .args(["--port", &self.port.to_string()]);
        command.args([
            "--bind_ip",
            "127.0.0.1",
            "--replSet",
            "rs0",
            "--oplogSize",
            "16",
        ]);
        command.args(["--wiredTigerCacheSizeGB", "0.25", "--nounixsocket"]);
        command.args(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
        command.args(["--setParameter", "enableTestCommands=1"]);
        if self.setup.auth {
            command
                .arg("--auth")
                .arg("--keyFile")
                .arg(self.folder.join("key"));
        }
        if self.setup.tls {
            command.args([
                "--tlsMode",
                "requireTLS",
                "--tlsAllowConnectionsWithoutCertificates",
            ]);
            command
                .arg("--tlsCertificateKeyFile")
                .arg(self.folder.join("server.pem"));
            command.arg("--tlsCAFile").arg(self.ca_file());
        }
        let keeper = command.stdin(Stdio::piped()).spawn().expect("a shell");
        self.keeper = Some(keeper);
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "the server does not listen; see {}",
                self.folder.display()
            );
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Where the server listens.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Connection string with all that is needed.
    pub(crate) fn uri(&self) -> String {
        let login = if self.setup.auth {
            format!("{USER}:{}@", PASSWORD.replace('@', "%40"))
        } else {
            String::new()
        };
        format!("mongodb://{login}{}/?{}", self.host(), self.options())
    }

    /// The part of [`Self::uri`] behind the question mark.
    pub(crate) fn options(&self) -> String {
        let tls = if self.setup.tls {
            format!("&tls=true&tlsCAFile={}", self.ca_file().display())
        } else {
            String::new()
        };
        format!("directConnection=true{tls}")
    }

    /// The authority that signed the server's certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Does something with a client.
    pub(crate) fn with_client<F: Future>(&self, work: impl FnOnce(Client) -> F) -> F::Output {
        with_client(&self.uri(), work)
    }

    /// Inserts documents.
    pub(crate) fn insert(&self, database: &str, collection: &str, documents: Vec<Document>) {
        self.with_client(|client| async move {
            let collection: Collection<Document> = client.database(database).collection(collection);
            for part in documents.chunks(5000) {
                collection
                    .insert_many(part)
                    .ordered(false)
                    .await
                    .expect("inserted");
            }
        });
    }

    /// Runs a command on a database.
    pub(crate) fn command(&self, database: &str, command: Document) -> Document {
        self.with_client(|client| async move {
            client
                .database(database)
                .run_command(command)
                .await
                .expect("run")
        })
    }

    fn initiate(&self) {
        // The localhost exception allows this much before there is a user.
        let uri = format!("mongodb://{}/?{}", self.host(), self.options());
        with_client(&uri, |client| async move {
            let admin = client.database("admin");
            let member = doc! { "_id": 0, "host": self.host() };
            admin
                .run_command(doc! { "replSetInitiate": { "_id": "rs0", "members": [member] } })
                .await
                .expect("a replica set");
            while !admin
                .run_command(doc! { "hello": 1 })
                .await
                .and_then(|reply| Ok(reply.get_bool("isWritablePrimary").unwrap_or(false)))
                .expect("an answer")
            {
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            if self.setup.auth {
                admin
                    .run_command(doc! { "createUser": USER, "pwd": PASSWORD, "roles": ["root"] })
                    .await
                    .expect("a user");
            }
        });
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            drop(keeper.wait());
        } else {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

fn with_client<F: Future>(uri: &str, work: impl FnOnce(Client) -> F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async { work(Client::with_uri_str(uri).await.expect("a client")).await })
}

/// The program that starts a server.
fn program() -> Result<PathBuf, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PROGRAM
        .get_or_init(|| {
            if let Some(program) = std::env::var_os("CCA_TEST_MONGOD") {
                return Ok(program.into());
            }
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mongod/install");
            let output = Command::new(script)
                .output()
                .map_err(|error| error.to_string())?;
            if output.status.success() {
                Ok(String::from_utf8_lossy(&output.stdout).trim().into())
            } else {
                Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
            }
        })
        .clone()
}

fn make_key_file(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, "a2V5IG9mIGEgdGVzdCBzZXJ2ZXI=").expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("private");
}

/// An authority `ca.pem`, and `server.pem` signed by it for 127.0.0.1.
fn make_certificates(folder: &Path) {
    let script = r#"
        set -e
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout ca.key -out ca.pem -subj "/CN=test authority"
        openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj "/CN=127.0.0.1"
        printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n' >extensions
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile extensions -out server.crt
        cat server.crt server.key >server.pem
    "#;
    let output = Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .output()
        .expect("a shell");
    assert!(
        output.status.success(),
        "openssl: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
