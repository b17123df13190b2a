//! Links that come by mail, read by a small SMTP server of this story's own.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use events::JobId;
use serde_json::json;
use tests::{App, Builder, PASSWORD, Person, Role, eventually_within};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::jobs_killed::{STANDS, dies_when, is_done};

const NEW_PASSWORD: &str = "another violet engine 1844";

/// What has come in.
#[derive(Clone, Default)]
pub struct Mailbox {
    mails: Arc<Mutex<Vec<String>>>,
    /// So many are sent away for now.
    busy: Arc<AtomicUsize>,
}

impl Mailbox {
    /// Listens until the story ends; its address.
    pub async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mailbox = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mailbox = mailbox.clone();
                tokio::spawn(async move { mailbox.talk(stream).await });
            }
        });
        format!("smtp://{address}")
    }

    /// What has come in so far.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    /// One conversation (RFC 5321).
    async fn talk(&self, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 story\r\n").await.expect("a greeting");
        let mut mail = String::new();
        let mut is_data = false;
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = match (is_data, line.as_str()) {
                (true, ".") => {
                    is_data = false;
                    self.mails.lock().unwrap().push(std::mem::take(&mut mail));
                    "250 taken"
                }
                (true, line) => {
                    mail.push_str(line);
                    mail.push('\n');
                    continue;
                }
                (false, "DATA") => {
                    is_data = true;
                    "354 go on"
                }
                (false, "QUIT") => "221 bye",
                (false, line) if line.starts_with("MAIL") && self.is_busy() => "451 try later",
                (false, _) => "250 story",
            };
            let answer = format!("{answer}\r\n");
            if write.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn is_busy(&self) -> bool {
        let one_less = |busy: usize| busy.checked_sub(1);
        self.busy
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_ok()
    }

    /// The mails to this address with this subject, without their line breaks.
    fn to(&self, address: &str, subject: &str) -> Vec<String> {
        let mails = self.mails.lock().unwrap();
        let meant = mails
            .iter()
            .filter(|mail| mail.contains(&format!("To: {address}")) && mail.contains(&format!("Subject: {subject}")));
        meant.map(|mail| mail.replace("=\n", "").replace("=3D", "=")).collect()
    }

    /// The token of the link in the only such mail, once it is there.
    async fn token(&self, address: &str, subject: &str, page: &str) -> String {
        let mail = eventually_within(Duration::from_secs(20), "a mail comes", async || {
            self.to(address, subject).pop()
        });
        token_in(&mail.await, page)
    }
}

fn token_in(mail: &str, page: &str) -> String {
    let link = format!("https://music.example/app/{page}#token=");
    let (_, after) = mail.split_once(&link).unwrap_or_else(|| panic!("no link in {mail}"));
    after.split_whitespace().next().expect("a token").to_owned()
}

async fn start(mailbox: &Mailbox) -> App {
    builder(mailbox).await.start().await
}

async fn builder(mailbox: &Mailbox) -> Builder {
    App::builder()
        .without_read_models()
        .setting("JONQUIL_SMTP_URL", &mailbox.listen().await)
        .setting("JONQUIL_SMTP_FROM", "Jonquil <music@example.org>")
        .setting("JONQUIL_PUBLIC_URL", "https://music.example/")
}

async fn asks(app: &App, email: &str) -> Vec<u8> {
    let body = json!({ "email": email });
    let answer = app.http().post("/api/v1/auth/password-reset", &body).await.is(202);
    answer.bytes.to_vec()
}

async fn no_job_is_left(app: &App) {
    eventually_within(Duration::from_secs(20), "jobs end", async || {
        let left = "SELECT count(*) FROM jobs WHERE kind = 'mail_link' AND status IN ('queued', 'running')";
        (app.number(left).await == 0).then_some(())
    })
    .await;
}

async fn signs_in(app: &App, person: &str, password: &str) -> u16 {
    let login = json!({"username": person, "password": password});
    app.http().post("/api/v1/auth/login-json", &login).await.status
}

const RESET: &str = "A new password for your account";
const PROVE: &str = "Is this your e-mail address?";

#[tokio::test]
async fn a_forgotten_password_is_set_by_a_link_that_came_by_mail() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    app.listener("ada").await;
    no_job_is_left(&app).await;
    // The server is busy at first; the job tries again.
    mailbox.busy.store(1, Ordering::SeqCst);
    // Nobody learns whether there is such an account.
    assert_eq!(
        asks(&app, "ada@example.org").await,
        asks(&app, "nobody@example.org").await
    );
    let token = mailbox.token("ada@example.org", RESET, "password-reset").await;
    no_job_is_left(&app).await;
    asks(&app, "ADA@example.org").await;
    no_job_is_left(&app).await;
    assert_eq!(mailbox.to("ada@example.org", RESET).len(), 1, "one mail in two minutes");
    assert!(mailbox.to("nobody@example.org", RESET).is_empty());

    let confirm = "/api/v1/auth/password-reset/confirm";
    let new = json!({"token": token, "password": NEW_PASSWORD});
    app.http().post(confirm, &new).await.is(204);
    app.http().post(confirm, &new).await.is(401);
    assert_eq!(signs_in(&app, "ada", PASSWORD).await, 401);
    assert_eq!(signs_in(&app, "ada", NEW_PASSWORD).await, 200);
    let wrong = json!({"email": "ada"});
    let refused = app.http().post("/api/v1/auth/password-reset", &wrong).await.is(422);
    assert_eq!(refused.faults(), ["email"]);
}

#[tokio::test]
async fn an_address_is_proved_by_a_link_that_came_by_mail() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let ada = app.listener("ada").await;
    let is_proved = async || ada.http.read("/api/v1/auth/me").await["email_verified"] == true;
    let proves = async |token: String| {
        let body = json!({ "token": token });
        app.http().post("/api/v1/auth/email/confirm", &body).await
    };
    // With the registration, and again when it is asked for or the address is another one.
    let first = mailbox.token("ada@example.org", PROVE, "email-confirmation").await;
    changes_address(&ada, "ada@example.com").await;
    let second = mailbox.token("ada@example.com", PROVE, "email-confirmation").await;
    proves(first).await.is(401);
    assert!(!is_proved().await);
    let ask = "/api/v1/auth/email/confirmation";
    app.http().post(ask, &json!({})).await.is(401);
    ada.http.post(ask, &json!({})).await.is(202);
    proves(second).await.is(204);
    assert!(is_proved().await);
    ada.http.post(ask, &json!({})).await.is(409);
}

async fn changes_address(person: &Person, email: &str) {
    let path = format!("/api/v1/users/{}", person.id);
    person
        .http
        .put(&path, &json!({ "email": email, "current_password": PASSWORD }))
        .await
        .is(200);
}

#[tokio::test]
async fn without_a_server_nothing_is_sent_and_an_admin_makes_the_link() {
    let app = App::without_read_models().await;
    let (ada, root) = (app.listener("ada").await, app.admin("root").await);
    let body = json!({"email": "ada@example.org"});
    app.http().post("/api/v1/auth/password-reset", &body).await.is(409);
    ada.http
        .post("/api/v1/auth/email/confirmation", &json!({}))
        .await
        .is(409);
    assert_eq!(
        app.number("SELECT count(*) FROM jobs WHERE kind = 'mail_link'").await,
        0
    );
    let link = format!("/api/v1/users/{}/password-reset", ada.id);
    root.http.post(&link, &json!({})).await.is(201);
}

#[tokio::test]
async fn a_letter_whose_workers_die_comes_with_one_link_that_works() {
    let mailbox = Mailbox::default();
    let app = builder(&mailbox).await.without(Role::Jobs).start().await;
    app.listener("ada").await;
    let job = "SELECT id FROM jobs WHERE kind = 'mail_link'";
    let job = JobId(app.sql().query_one(job, &[]).await.unwrap().get(0));
    let letters = || mailbox.to("ada@example.org", PROVE);
    // Before there is a link, and with a link that nobody was sent.
    for (failpoint, condition) in [
        ("jobs::committing=pause", STANDS),
        ("jobs::committed=pause", "cursor IS NOT NULL"),
    ] {
        assert!(dies_when(&app, job, failpoint, condition, async || true).await);
        assert_eq!(letters().len(), 0, "{failpoint}");
    }
    let is_sent = async || letters().len() == 1;
    assert!(dies_when(&app, job, "jobs::ending=pause", "status = 'running'", is_sent).await);
    assert_eq!(is_done(&app, job).await.result, Some(json!({"sent": true})));
    // Nobody can know whether the first one arrived. A mailbox may keep either: it is the same letter.
    let same = |letter: &String| (message_id(letter), token_in(letter, "email-confirmation"));
    let letters: Vec<_> = letters().iter().map(same).collect();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0], letters[1]);
    let link = json!({"token": letters[0].1});
    app.http().post("/api/v1/auth/email/confirm", &link).await.is(204);
}

fn message_id(letter: &str) -> String {
    let id = letter.lines().find(|line| line.starts_with("Message-ID:"));
    id.unwrap_or_else(|| panic!("no id in {letter}")).to_owned()
}
