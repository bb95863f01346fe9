//! The table at the end, and the same as JSON in `target/scale/result.json`.
//! It shows; what is good enough is decided in `aims`.

use std::fs;

use kubectl_gemini::ui::table::{Headers, render};
use serde_json::json;

use crate::aims::{self, Aim, median};
use crate::bench::{Run, Sample, logs};
use crate::calls::Calls;
use crate::fill::Size;
use crate::{Args, Result};

/// Prints the tables and writes the file.
pub fn show(samples: &[Sample], size: Size, args: &Args) -> Result<()> {
    let aims = aims::judge(samples, size);
    let result = json!({
        "groups": size.groups, "snapshots": size.groups * size.snapshots, "contents": size.contents,
        "due": args.due, "processors": std::thread::available_parallelism()?.get(),
        "samples": samples, "aims": aims,
    });
    let file = logs()?.join("result.json");
    fs::write(&file, serde_json::to_vec_pretty(&result)?)?;

    println!(
        "\n{} groups, {} snapshots; of {} runs the least and the median",
        size.groups,
        size.groups * size.snapshots,
        args.repeat
    );
    let row = |sample: &Sample| {
        let last = sample.runs.last()?;
        let range = |number: fn(&Run) -> f64, digits: usize| {
            let least = sample.runs.iter().map(number).fold(f64::INFINITY, f64::min);
            format!("{least:.digits$} / {:.digits$}", median(&sample.runs, number))
        };
        Some(vec![
            sample.name.clone(),
            range(|run| run.usage.wall, 2),
            range(|run| run.usage.cpu, 2),
            range(|run| run.usage.peak, 0),
            range(|run| run.load, 1),
            last.usage.code.to_string(),
            last.taken.to_string(),
            calls(&last.calls),
        ])
    };
    let columns = ["WHAT", "WALL s", "CPU s", "PEAK MiB", "LOAD", "EXIT", "TAKEN", "CALLS"];
    println!("{}", render(&columns, samples.iter().filter_map(row).collect(), Headers::Shown));
    let row = |aim: Aim| {
        let word = if aim.reached { "reached" } else { "MISSED" };
        vec![aim.what, aim.measured, aim.allowed, word.to_owned()]
    };
    let columns = ["AIM", "MEASURED", "ALLOWED", "RESULT"];
    println!("{}", render(&columns, aims.into_iter().map(row).collect(), Headers::Shown));
    println!("Also in {}", file.display());
    Ok(())
}

fn calls(calls: &Calls) -> String {
    calls.iter().map(|(call, count)| format!("{count} {call}")).collect::<Vec<_>>().join(", ")
}
