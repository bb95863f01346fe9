//! The command line without a cluster: help, usage errors, versions, exit codes.
//! `TRYCMD=overwrite cargo test --test cli` writes the transcripts anew.

#[test]
fn transcripts() {
    trycmd::TestCases::new()
        .case("tests/cli/*.trycmd")
        .env("KUBECONFIG", "/nonexistent/kubeconfig")
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1");
}
