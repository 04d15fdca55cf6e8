#![allow(clippy::unwrap_used)]
use super::*;

const FILE: &str = r#"
data_dir = "data"
genesis = "genesis.json"
member = "german-customs"
[keys]
directory = "keys"
passphrase_file = "/run/passphrase"
[p2p]
listen = "/ip4/127.0.0.1/tcp/0"
[grpc]
listen = "127.0.0.1:0"
tls_certificate = "tls/node.pem"
tls_key = "tls/node.key.pem"
tls_authority = "tls/ca.pem"
"#;

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::from_toml(text, Path::new("/etc/hansa"), [])
}

#[test]
fn relative_paths_are_those_of_the_file() {
    let config = read(FILE).unwrap();
    assert_eq!(config.data_dir, Path::new("/etc/hansa/data"));
    assert_eq!(config.keys.passphrase_file, Path::new("/run/passphrase"));
    assert!(!config.agent.enabled);
    assert_eq!(config.log.filter, "info");
}

#[test]
fn errors_name_the_key() {
    let cases = [
        (FILE.replace("member = \"german-customs\"\n", ""), "member"),
        (FILE.replace("german-customs", "German Customs"), "German Customs"),
        (FILE.replace("[p2p]", "[p2p]\nlisen = 1"), "lisen"),
        (FILE.replace("/ip4/127.0.0.1/tcp/0", "localhost:7400"), "p2p.listen"),
        (format!("misbehave = \"jump\"\n{FILE}"), "misbehave"),
        (format!("{FILE}[consensus]\nresend_ms = 0"), "consensus.resend_ms"),
        (format!("{FILE}[keys]\n"), "keys"),
    ];
    for (text, key) in cases {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(key), "`{key}` is not named in: {error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load(Path::new("/nowhere/node.toml")).unwrap_err().to_string();
    assert!(error.contains("/nowhere/node.toml") && error.contains("--config"), "{error}");
}

#[test]
fn environment_and_flags_are_laid_over_the_file() {
    let variables = [
        ("HANSA_P2P_LISTEN", "/ip4/0.0.0.0/tcp/7400"),
        ("HANSA_AGENT_ENABLED", "true"),
        ("HANSA_DATA_DIR", "/srv/hansa"),
        ("PATH", "/bin"),
        ("HANSA_PASSPHRASE_HINT", "none of ours"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut overrides = Config::overrides_from(variables).unwrap();
    overrides.push(("consensus.resend_ms".to_owned(), "250".to_owned()));
    let config = Config::from_toml(FILE, Path::new("/etc/hansa"), overrides).unwrap();
    assert_eq!(config.p2p.listen, "/ip4/0.0.0.0/tcp/7400");
    assert_eq!(config.data_dir, Path::new("/srv/hansa"));
    assert_eq!(config.consensus.resend_ms, Some(250));
    assert!(config.agent.enabled);

    let mut config = config;
    config.override_with("log.format", "json").unwrap();
    assert!(config.log.format == "json" && config.agent.enabled);
    assert!(config.override_with("log.format", "prose").is_err());

    let unknown = [("p2p.lisen".to_owned(), "x".to_owned())];
    let error = Config::from_toml(FILE, Path::new("."), unknown).unwrap_err();
    assert!(error.to_string().contains("known keys are"), "{error}");
}
