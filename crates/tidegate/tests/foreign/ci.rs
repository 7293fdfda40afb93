//! The examples below `examples/ci` do what they say: valid by the schemas of the forges, and run.
//!
//! The forges themselves are not there: their steps run in a shell with `cargo` replaced by one that
//! only notes what it was asked for, and `tidegate` by the program under test.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// A repository with a clone of its remote branch, and the programs that its pipeline finds.
struct Checkout {
    folder: tempfile::TempDir,
}

impl Checkout {
    /// `before` is what the base branch holds.
    fn new(before: &str, now: &str) -> Self {
        let folder = folder(&[
            ("work/api/shop.yaml", before),
            ("bin/cargo", "#!/bin/sh\necho \"$@\" >>../cargo.log\n"),
        ]);
        let cargo = folder.path().join("bin/cargo");
        std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tidegate"), folder.path().join("bin/tidegate"))
            .unwrap();
        let checkout = Self { folder };
        checkout.git(&["init", "--quiet", "--initial-branch=main", "."]);
        checkout.git(&["add", "."]);
        checkout.git(&["commit", "--quiet", "--message", "base"]);
        checkout.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        std::fs::write(checkout.work().join("api/shop.yaml"), now).unwrap();
        checkout.git(&["commit", "--quiet", "--allow-empty", "--all", "--message", "change"]);
        checkout
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// A program in the working tree, knowing nothing of the machine's own settings of git.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = format!("{}/bin:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        command.current_dir(self.work()).env("PATH", path).env("HOME", self.folder.path());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "t").env(format!("GIT_{who}_EMAIL"), "t@example.com");
        }
        for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
            command.env_remove(variable);
        }
        command
    }

    fn git(&self, args: &[&str]) {
        let output = self.command("git").args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
    }

    /// A step of a pipeline, as forges run one.
    fn step(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = self.command("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]);
        command.envs(variables.iter().copied()).output().unwrap()
    }
}

fn example(name: &str) -> PathBuf {
    root().join("examples/ci").join(name)
}

/// Asks a program of the virtual environment; none where it is not installed.
fn asked(program: &str, args: &[&str], file: &Path) -> Option<Output> {
    Some(Command::new(foreign(&format!("bin/{program}"))?).args(args).arg(file).output().unwrap())
}

#[test]
fn the_workflow_for_github_is_valid_pinned_and_its_steps_are_a_gate() {
    let file = example("github-actions.yml");
    let Some(valid) = asked("check-jsonschema", &["--builtin-schema", "vendor.github-workflows"], &file)
    else {
        return;
    };
    assert!(valid.status.success(), "{valid:?}");
    let audited = asked("zizmor", &["--offline", "--no-progress", "--persona", "pedantic"], &file).unwrap();
    assert!(audited.status.success(), "{}", String::from_utf8_lossy(&audited.stdout));
    let workflow = read("yaml", &[&file]).unwrap()[0].clone();
    let job = &workflow["jobs"]["tidegate"];
    let steps = job["steps"].as_array().unwrap();
    for action in steps.iter().filter_map(|step| step["uses"].as_str()) {
        let (_, commit) = action.split_once('@').unwrap();
        assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
    }
    let guarded = guarded();
    for (before, now, event, gated) in [
        (guarded.as_str(), OPEN, "pull_request", true),
        (OPEN, guarded.as_str(), "pull_request", false),
        // What was there before is no fault of the change.
        (OPEN, OPEN, "pull_request", false),
        (guarded.as_str(), OPEN, "push", true),
        (guarded.as_str(), guarded.as_str(), "push", false),
    ] {
        let checkout = Checkout::new(before, now);
        let path = |name: &str| checkout.folder.path().join(name).display().to_string();
        let (summary, temp) = (path("summary.md"), path("temp"));
        let mut ended = Vec::new();
        for step in steps.iter().filter(|step| !step["run"].is_null()) {
            let runs = match step["if"].as_str() {
                Some("${{ github.event_name == 'pull_request' }}") => event == "pull_request",
                Some("${{ github.event_name != 'pull_request' }}") => event != "pull_request",
                None => true,
                Some(other) => panic!("`{other}` is not read here"),
            };
            if !runs {
                continue;
            }
            let variables = [
                ("GITHUB_STEP_SUMMARY", summary.as_str()),
                ("RUNNER_TEMP", &temp),
                ("GITHUB_BASE_REF", "main"),
                ("TIDEGATE_GIT", job["env"]["TIDEGATE_GIT"].as_str().unwrap()),
                ("TIDEGATE_REV", job["env"]["TIDEGATE_REV"].as_str().unwrap()),
            ];
            ended.push(checkout.step(step["run"].as_str().unwrap(), &variables));
        }
        let (gate, before_it) = ended.split_last().unwrap();
        assert!(before_it.iter().all(|step| step.status.success()), "{before_it:?}");
        assert_eq!(gate.status.code(), Some(i32::from(gated)), "{event}: {gate:?}");
        assert_eq!(String::from_utf8_lossy(&gate.stdout).contains("::error "), gated, "{gate:?}");
        let sarif = std::fs::read(checkout.work().join("tidegate.sarif")).unwrap();
        let sarif: Value = serde_json::from_slice(&sarif).unwrap();
        let uri =
            &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert!(now != OPEN || uri == "api/shop.yaml", "a path from the root of the repository: {uri}");
        assert!(std::fs::read_to_string(summary).unwrap().starts_with("**Tidegate check:**"));
        let asked = std::fs::read_to_string(checkout.folder.path().join("cargo.log")).unwrap();
        assert!(asked.starts_with("install --locked --git https://"), "{asked}");
    }
}

#[test]
fn the_pipeline_for_gitlab_is_valid_and_its_script_is_a_gate() {
    let file = example("gitlab-ci.yml");
    let schema = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"];
    let Some(valid) = asked("check-jsonschema", &schema, &file) else { return };
    assert!(valid.status.success(), "{valid:?}");
    let job = read("yaml", &[&file]).unwrap()[0]["tidegate"].clone();
    let lines = |name: &str| {
        let lines = job[name].as_array().unwrap().iter();
        lines.map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n")
    };
    let script = format!("{}\n{}", lines("before_script"), lines("script"));
    for (now, code) in [(OPEN, 1), (guarded().as_str(), 0)] {
        let checkout = Checkout::new(now, now);
        let variables =
            ["TIDEGATE_GIT", "TIDEGATE_REV"].map(|name| (name, job["variables"][name].as_str().unwrap()));
        let ended = checkout.step(&script, &variables);
        assert_eq!(ended.status.code(), Some(code), "{ended:?}");
        for report in ["codequality", "junit"] {
            let name = job["artifacts"]["reports"][report].as_str().unwrap();
            let text = std::fs::read_to_string(checkout.work().join(name)).unwrap();
            assert!(text.starts_with(if report == "junit" { "<?xml" } else { "[" }), "{text}");
            assert!(now != OPEN || text.contains("api/shop.yaml"), "{text}");
        }
    }
}

#[test]
fn pre_commit_runs_the_hook_and_stops_a_commit_that_opens_a_hole() {
    let Some(pre_commit) = foreign("bin/pre-commit") else { return };
    let config = std::fs::read_to_string(example("pre-commit-config.yaml")).unwrap();
    let hooks = folder(&[]);
    std::fs::copy(root().join(".pre-commit-hooks.yaml"), hooks.path().join(".pre-commit-hooks.yaml"))
        .unwrap();
    let guarded = guarded();
    let checkout = Checkout::new(&guarded, &guarded);
    let in_hooks = |args: &[&str]| {
        let output = checkout.command("git").current_dir(hooks.path()).args(args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    in_hooks(&["init", "--quiet", "--initial-branch=main", "."]);
    in_hooks(&["add", "."]);
    in_hooks(&["commit", "--quiet", "--message", "hooks"]);
    in_hooks(&["tag", "v0.1.0"]);
    let here = config.replace("https://git.example.com/tools/tidegate", hooks.path().to_str().unwrap());
    assert_ne!(here, config);
    std::fs::write(checkout.work().join(".pre-commit-config.yaml"), here).unwrap();
    std::fs::create_dir(checkout.work().join("deploy")).unwrap();
    let run = |args: &[&str]| {
        let mut command = checkout.command(pre_commit.to_str().unwrap());
        command.args(args).env("PRE_COMMIT_HOME", hooks.path().join("cache")).output().unwrap()
    };
    for (kind, file) in
        [("manifest", ".pre-commit-hooks.yaml"), ("config", "examples/ci/pre-commit-config.yaml")]
    {
        let valid = run(&[&format!("validate-{kind}"), root().join(file).to_str().unwrap()]);
        assert!(
            valid.status.success() && !String::from_utf8_lossy(&valid.stdout).contains("WARNING"),
            "{valid:?}"
        );
    }
    checkout.git(&["add", "."]);
    let (hook, itself) = (["run", "--color", "never"], ["try-repo", "--color", "never"]);
    let itself = [&itself[..], &[hooks.path().to_str().unwrap(), "tidegate-check", "--all-files"]].concat();
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    for args in [&[&hook[..], &["--all-files"]].concat(), &itself] {
        let clean = run(args);
        assert!(clean.status.success() && said(&clean).contains("Passed"), "{clean:?}");
    }
    std::fs::write(checkout.work().join("api/shop.yaml"), OPEN).unwrap();
    checkout.git(&["add", "."]);
    for args in [&hook[..], &itself] {
        let stopped = run(args);
        assert!(!stopped.status.success() && said(&stopped).contains("error[ACH-003]"), "{stopped:?}");
    }
    // Nothing that is judged changes: nothing is asked.
    checkout.git(&["commit", "--quiet", "--no-verify", "--message", "open"]);
    std::fs::write(checkout.work().join("notes.txt"), "nothing to judge\n").unwrap();
    checkout.git(&["add", "."]);
    let skipped = run(&hook);
    assert!(skipped.status.success() && said(&skipped).contains("Skipped"), "{skipped:?}");
}

#[test]
fn conftest_is_given_the_facts_the_checks_and_the_rules_of_the_house() {
    if std::env::var_os("TIDEGATE_OPA").is_none() && foreign("bin/opa").is_none() {
        return;
    }
    let beta = guarded().replace("/orders/{id}:", "/beta/{id}:");
    for (now, denied) in [(guarded().as_str(), None), (OPEN, Some("ACH-003")), (&beta, Some("HOUSE-1"))] {
        let checkout = Checkout::new(now, now);
        // Where there is no conftest: OPA is asked what conftest asks, `deny` of package `main`.
        let note = checkout.folder.path().join("bin/conftest");
        std::fs::write(&note, "#!/bin/sh\necho \"$@\"\n").unwrap();
        std::fs::set_permissions(&note, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = checkout.command("sh");
        let output =
            command.arg(example("conftest.sh")).arg("api").env_remove("TIDEGATE_OUT").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        let words: Vec<&str> = said.split_whitespace().collect();
        let ["test", facts, "--policy", ours, "--policy", own] = words[..] else { panic!("{said}") };
        let path = |name: &str| checkout.work().join(name);
        let deny = super::rego::opa(&[&path(ours), &path(own)], &path(facts), "data.main.deny").unwrap();
        let deny = super::rego::texts(&deny);
        assert_eq!(deny.len(), usize::from(denied.is_some()), "{deny:?}");
        assert!(denied.is_none_or(|id| deny.iter().all(|text| text.starts_with(id))), "{deny:?}");
    }
}
