//! `docs/webhooks.md`: its receivers are run as they are written, and an answer is read no further than it says.

use std::{collections::HashSet, fs, path::Path, process::Stdio, sync::Arc, time::Duration};

use fetcher::{CheckedResolver, PostLimits, Poster, SystemResolver};
use serde_json::{Value, json};
use tests::node_package;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    process::Command,
};

use crate::webhook_receiver::{Receiver, TRACK_CREATED, builder, makes, of};

/// The block of `docs/webhooks.md` in this language.
fn example(language: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/webhooks.md");
    let page = fs::read_to_string(page).expect("docs/webhooks.md");
    let (_, rest) = page.split_once(&format!("```{language}\n")).expect(language);
    rest.split("```").next().expect("its end").to_owned()
}

/// What a program prints that has the lines before it.
async fn printed(mut command: Command, hook: &Value) -> String {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().expect("it starts");
    let mut input = process.stdin.take().expect("its input");
    input.write_all(hook.to_string().as_bytes()).await.expect("it reads");
    drop(input);
    let output = process.wait_with_output().await.expect("its output");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn the_receivers_of_the_page_check_a_signature_as_they_are_written() {
    let Some(typescript) = node_package("typescript") else {
        return;
    };
    let receiver = Receiver::start().await;
    let app = builder(&[&receiver]).start().await;
    let ada = app.listener("ada").await;
    let hook = makes(&ada, &receiver, &[TRACK_CREATED]).await;
    ada.http.post(&of(&hook, "/test"), &json!({})).await.is(202);
    let got = receiver.takes(1).await.remove(0);
    let body = String::from_utf8(got.body.clone()).expect("text");
    let mut late = got.headers.clone();
    late.insert("webhook-timestamp".to_owned(), "1700000000".to_owned());
    // Right, with another body, with another secret, too late.
    let input = json!([
        [hook.secret, got.headers, body],
        [hook.secret, got.headers, format!("{body} ")],
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", got.headers, body],
        [hook.secret, late, body],
    ]);
    let mut python = Command::new("python3");
    let calls = "import json, sys\nfor secret, headers, body in json.load(sys.stdin):\n    \
        print(str(is_genuine(secret, headers, body.encode())).lower())\n";
    python.arg("-c").arg(format!("{}\n{calls}", example("python")));
    let calls = "for (const [secret, headers, body] of JSON.parse(require('fs').readFileSync(0, 'utf8')))\n  \
        console.log(isGenuine(secret, headers, Buffer.from(body)));\n";
    let compiled = format!(
        "const ts = require({:?}); const source = {};\n\
         const made = ts.transpileModule(source, {{ reportDiagnostics: true, compilerOptions: {{ module: 'commonjs' }} }});\n\
         if (made.diagnostics.length) throw new Error(JSON.stringify(made.diagnostics.map((one) => one.messageText)));\n\
         new Function('require', 'exports', 'Buffer', made.outputText)(require, {{}}, Buffer);",
        typescript.display().to_string(),
        json!(format!("{}\n{calls}", example("typescript"))),
    );
    let mut node = Command::new("node");
    node.arg("-e").arg(compiled);
    for program in [python, node] {
        assert_eq!(printed(program, &input).await, "true\nfalse\nfalse\nfalse\n");
    }
}

#[tokio::test]
async fn of_an_answer_that_does_not_end_the_beginning_is_read_and_its_status_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        for is_slow in [false, true] {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 4_096];
            drop(stream.read(&mut request).await);
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n";
            drop(stream.write_all(head).await);
            let more = if is_slow { "slow".to_owned() } else { "x".repeat(9_000) };
            drop(stream.write_all(more.as_bytes()).await);
            // Neither ends: the sender has to.
            drop(stream.read(&mut request).await);
        }
    });
    let allowed = address.to_string().parse().expect("a host");
    let urls = CheckedResolver::new(
        Arc::new(SystemResolver),
        allowed,
        HashSet::new(),
        Duration::from_secs(1),
    );
    let limits = PostLimits {
        max_answer_bytes: 1_024,
        connect: Duration::from_millis(500),
        total: Duration::from_millis(500),
    };
    let poster = Poster::new(urls, limits);
    for beginning in ["x".repeat(1_024), "slow".to_owned()] {
        let answer = poster.post(&format!("http://{address}/"), &[], b"{}".to_vec()).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, answer.beginning), (200, beginning.into_bytes()));
    }
}
