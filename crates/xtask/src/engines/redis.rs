//! Redis from the distribution's package.

use std::io::{Read, Write};
use std::process::Command;
use std::time::Duration;

use super::{Engine, Home};
use crate::checkout::Checkout;
use crate::error::Result;
use crate::files;
use crate::http;
use crate::prerequisites::Need;

/// Counters, charts and request limits.
pub struct Redis;

impl Engine for Redis {
    fn name(&self) -> &'static str {
        "Redis"
    }

    fn key(&self) -> &'static str {
        "redis"
    }

    fn variable(&self) -> &'static str {
        "JONQUIL_REDIS_URL"
    }

    fn ports(&self, checkout: &Checkout) -> Vec<u16> {
        vec![checkout.ports.redis()]
    }

    fn url(&self, checkout: &Checkout) -> Result<String> {
        Ok(format!(
            "redis://default:{}@127.0.0.1:{}/0",
            password(checkout)?,
            checkout.ports.redis()
        ))
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Redis]
    }

    fn fetch(&self) -> Result<()> {
        Ok(())
    }

    fn prepare(&self, checkout: &Checkout, home: &Home) -> Result<Command> {
        let data = home.data.join("data");
        files::make_folder(&data)?;
        // The password is in a file: arguments can be read by every user of the machine.
        let config = home.data.join("redis.conf");
        let text = format!(
            "bind 127.0.0.1\nport {}\nrequirepass {}\ndir \"{}\"\nappendonly yes\nappendfsync everysec\nsave \"\"\nmaxmemory-policy noeviction\nset-max-intset-entries 16384\nset-proc-title no\n",
            checkout.ports.redis(),
            password(checkout)?,
            data.display()
        );
        files::write(&config, &text, 0o600)?;
        let mut command = Command::new("redis-server");
        command.arg(config);
        Ok(command)
    }

    /// While Redis loads its data it accepts connections but does not answer PING with PONG.
    fn answers(&self, checkout: &Checkout) -> bool {
        let Some(mut stream) = http::connect(checkout.ports.redis(), Duration::from_secs(2)) else {
            return false;
        };
        let Ok(password) = password(checkout) else {
            return false;
        };
        let mut answer = [0; 64];
        let asked = write!(stream, "AUTH {password}\r\nPING\r\nQUIT\r\n");
        let mut text = String::new();
        while let Ok(count @ 1..) = stream.read(&mut answer) {
            text.push_str(&String::from_utf8_lossy(&answer[..count]));
        }
        asked.is_ok() && text.contains("+PONG")
    }
}

fn password(checkout: &Checkout) -> Result<String> {
    checkout.engine_secret("redis_password")
}
