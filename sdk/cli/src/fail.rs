//! How a failure is told: a sentence with what to do, or the same as JSON, on the error stream.

use keel_client::ClientError;
use keel_sdk::error::to_code;
use serde_json::json;

use crate::config::{Settings, printable};
use crate::options::Options;

/// Prints a failure. The node's URL is told without what stands behind its host, which is often its key.
pub fn tell(error: &anyhow::Error, options: &Options) {
    let client = error.chain().find_map(|cause| cause.downcast_ref::<ClientError>());
    let refusal = client.and_then(ClientError::refusal);
    let mut text = format!("{error:#}");
    if let (Some(client), Some(refusal)) = (client, refusal) {
        // The place of an instruction among those that were put around the action tells nobody anything.
        text = text.replace(&client.to_string(), &format!("{refusal} (code {})", to_code(refusal)));
    }
    if let Some(url) = Settings::read(options).ok().and_then(|settings| settings.url) {
        text = text.replace(&url, &printable(&url));
    }
    if !options.json {
        eprintln!("error: {text}");
        return;
    }
    let told = json!({
        "error": text,
        "code": refusal.map(to_code),
        "name": refusal.map(keel_engine::Error::name),
        "message": refusal.map(keel_engine::Error::message),
        "logs": client.map(ClientError::logs).unwrap_or_default(),
    });
    eprintln!("{told}");
}
