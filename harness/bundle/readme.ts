/** The README.md of every bundle: how to read it without the program that wrote it. The same bytes in each. */

export const BUNDLE_README = `# A run of kube-windtunnel

Everything that one run left behind. \`npx windtunnel explain FOLDER\` tells it case by case, and all of it can be read without the
program: JSON, one JSON record a line (\`.jsonl\`), and plain text. Artifacts that a cause cites are paths below the case's folder:
\`treatment/history.jsonl#L6\` is line 6 of that file, \`…/worker-2.txt#ip-addr\` the part of it below \`## ip-addr\`.

| file | holds |
| --- | --- |
| \`run.json\` | versions, seed, the command to paste, the verdict and exit code; \`state\` is \`running\` where the run was killed |
| \`plan.json\` | every case with its arms, as data |
| \`files/\` | the scenario, cluster and manifest files that were used |
| \`cases/CASE/case.json\` | scenario, seed, \`again\` (the command that runs this case again), verdict, causes, and for each arm its steps with what was expected and seen last; missing where the case did not come to its end |
| \`cases/CASE/ARM/arm.json\` | the arm as it was run, with the addresses that its hosts had |
| \`cases/CASE/ARM/history.jsonl\` | everything that happened on the arm |
| \`cases/CASE/ARM/evidence/ID/\` | one moment: \`api.txt\` and \`HOST.txt\` for people, \`snapshot.json\` the same as data |
| \`cases/CASE/ARM/captures/NAME.HOST.txt\` | captured packets |
| \`timings.json\` | all wall times, in milliseconds; the only file that differs between two runs with one seed |

## Units and zero

\`at\`, \`startedAt\`, \`endedAt\`, \`settledAt\`, \`since\` and \`elapsed\` are whole microseconds of the arm's own clock. Zero is the start of its first
step; what is negative happened before it, while the hosts and the cluster were brought up. Names that end in \`Ms\` are milliseconds. Times that
stand in API objects (a condition's \`since\`) have whole seconds, as in Kubernetes; the history has the same change to the microsecond.

## Order of history.jsonl

Records stand in the order in which the run came to know them, and nothing is ever inserted before a line that is written. Hence \`at\` does not
always grow:

- Before each decision and each snapshot, the run collects first what every probe measured, probe by probe, then log lines and object changes.
  What happened in between is older than the record before it; what happened during bring-up follows the first step's start.
- A probe's record is written when its sample is finished: \`at\` is \`endedAt\`, and the sample belongs to \`startedAt\`.
- Among the records of one probe \`startedAt\` never falls; among log lines and object changes together \`at\` never does.

For a history in order of time, sort by \`at\`: \`jq -s -c 'sort_by(.at)[]' history.jsonl\`.

Kinds: \`step\` (\`phase\` start, action, judge, end), \`probe\`, \`object\` (a change in the API), \`log\`, \`observation\` (what an expectation sees, when it
changes), \`settled\` (an expectation's verdict), \`snapshot\`, \`capture\`, and \`end\`, the last one unless the run was cut short.
`;
