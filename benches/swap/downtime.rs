//! How long an application is down: a Deployment with one pod, which writes the time to its volume every 50 ms.
//! From the last it wrote to the old volume to the first it wrote to the new one.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::spread::spread;
use super::{Bench, Result};

const APPLICATION: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  strategy: {type: Recreate}
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: main
        image: localhost/busybox:dev
        command: [sh, -c, "while sleep 0.05; do echo $(cut -d' ' -f1 /proc/uptime) >> /data/beats; done"]
        volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
"#;
const PATIENCE: Duration = Duration::from_secs(120);

/// Restores it so many times in a mode.
pub fn downtime(bench: &Bench, mode: &str, repeat: usize) -> Result<String> {
    bench.space.apply(APPLICATION);
    let taken: Vec<_> = (0..repeat).map(|_| down(bench, mode)).collect::<Result<_>>()?;
    Ok(format!("{mode}: the application is down for {} ({repeat} restores)", spread(taken)))
}

fn down(bench: &Bench, mode: &str) -> Result<Duration> {
    let before = beats(bench);
    beats_after(bench, before.last().copied().unwrap_or_default())?;
    let (snapshot, old) = (bench.backup()?, bench.file());
    bench.replace(mode, &snapshot, || {
        // The last on the old volume, which is kept; those on the new one before it came with the snapshot.
        let last = *read(&old).last().ok_or("it never wrote to the old volume")?;
        Ok(Duration::from_secs_f64(beats_after(bench, last)? - last))
    })
}

/// The first that it writes after a moment.
fn beats_after(bench: &Bench, moment: f64) -> Result<f64> {
    let began = Instant::now();
    loop {
        if let Some(beat) = beats(bench).into_iter().find(|beat| *beat > moment) {
            return Ok(beat);
        }
        if began.elapsed() > PATIENCE {
            return Err("the application does not write any more".into());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn beats(bench: &Bench) -> Vec<f64> {
    read(&bench.file())
}

/// Seconds since the machine started, one to a line.
fn read(file: &std::path::Path) -> Vec<f64> {
    let text = fs::read_to_string(file.with_file_name("beats")).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}
