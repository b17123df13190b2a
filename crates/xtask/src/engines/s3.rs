//! An S3 server that stores objects in a folder: versitygw, built from its Go module.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{Engine, Home};
use crate::checkout::Checkout;
use crate::error::{Context, Result};
use crate::fetch;
use crate::files;
use crate::http;
use crate::pins;
use crate::prerequisites::Need;
use crate::tool;

/// Audio and images.
pub struct S3;

impl Engine for S3 {
    fn name(&self) -> &'static str {
        "S3"
    }

    fn key(&self) -> &'static str {
        "s3"
    }

    fn variable(&self) -> &'static str {
        "JONQUIL_S3_URL"
    }

    fn ports(&self, checkout: &Checkout) -> Vec<u16> {
        vec![checkout.ports.s3()]
    }

    fn url(&self, checkout: &Checkout) -> Result<String> {
        Ok(format!("http://127.0.0.1:{}", checkout.ports.s3()))
    }

    fn more_variables(&self, checkout: &Checkout) -> Result<Vec<(&'static str, String)>> {
        Ok(vec![
            ("JONQUIL_S3_ACCESS_KEY", checkout.engine_secret("s3_access_key")?),
            ("JONQUIL_S3_SECRET_KEY", checkout.engine_secret("s3_secret_key")?),
            ("JONQUIL_S3_REGION", "us-east-1".to_owned()),
        ])
    }

    fn needs(&self) -> Vec<Need> {
        if fetch::is_cached(&cache_key()) {
            Vec::new()
        } else {
            vec![Need::Go]
        }
    }

    fn fetch(&self) -> Result<()> {
        program().map(drop)
    }

    fn prepare(&self, checkout: &Checkout, home: &Home) -> Result<Command> {
        let data = home.data.join("data");
        files::make_folder(&data)?;
        let mut command = Command::new(program()?);
        command
            .env("ROOT_ACCESS_KEY", checkout.engine_secret("s3_access_key")?)
            .env("ROOT_SECRET_KEY", checkout.engine_secret("s3_secret_key")?);
        command
            .arg("--port")
            .arg(format!("127.0.0.1:{}", checkout.ports.s3()))
            .args(["--region", "us-east-1", "--health", "/health", "--quiet", "posix"]);
        // On a file system without extended attributes its first start fails with this message. From the second start on,
        // it keeps the metadata of objects in files.
        if files::tail(&home.service.log(), 20).contains("xattrs are not supported") {
            let sidecar = home.data.join("sidecar");
            files::make_folder(&sidecar)?;
            command.arg("--sidecar").arg(sidecar);
        }
        command.arg(data);
        command.current_dir(&home.data);
        Ok(command)
    }

    fn answers(&self, checkout: &Checkout) -> bool {
        http::get(checkout.ports.s3(), "/health").is_some_and(|answer| answer.status == 200)
    }
}

fn cache_key() -> String {
    format!("versitygw-{}", pins::S3_VERSION)
}

fn program() -> Result<PathBuf> {
    let (module, version) = (pins::S3_MODULE, pins::S3_VERSION);
    let place = fetch::cached(
        &cache_key(),
        &format!("building the S3 server versitygw {version} (about 2 minutes)"),
        |folder, log| {
            let known = tool::output(
                Command::new("go")
                    .args(["mod", "download", "-json", &format!("{module}@{version}")])
                    .current_dir(folder),
            )?;
            let known: Value = serde_json::from_str(&known).context("cannot read what go says about the module")?;
            fetch::check(module, known["Sum"].as_str().unwrap_or_default(), pins::S3_SUM)?;
            let package = format!("{module}/cmd/versitygw@{version}");
            tool::run(
                Command::new("go")
                    .args(["install", &package])
                    .env("GOBIN", folder)
                    .env("CGO_ENABLED", "0")
                    .current_dir(folder),
                log,
            )
        },
    )?;
    Ok(place.join("versitygw"))
}
