/** What is missing is told before anything is made, with what to do about it. */
import { existsSync } from 'node:fs';
import t, { type Test } from 'tap';
import { ExitCode } from '../../src/verdict/merge.js';
import { Docker } from './docker.js';
import { aboutMachine, checkMachine, lookAtMachine, type Machine, problemsOf } from './preflight.js';
import { DAEMON, KIND, StandIns } from './stand-in.js';

const GOOD: Machine = { ipvs: true, inotify: 512, memoryKb: 8_000_000, diskKb: 9_000_000 };
const IMAGE = 'kindest/node:v1.34.2';
const NONE = "echo 'Error: No such image' >&2; exit 1";

const check = (host = '') => checkMachine(new Docker(host), { mode: 'ipvs', nodeImage: IMAGE });

/** `docker` and `kind` are lines of sh before what the stand-ins say. */
function machine(test: Test, { docker = '', kind = '' }: { docker?: string; kind?: string }): StandIns {
  return new StandIns(test.testdir(), { docker: `${docker}\n${DAEMON}`, kind: `${kind}\n${KIND}` });
}

t.test('each problem has a word on what to do', async (t) => {
  t.same(problemsOf(GOOD, 'ipvs'), []);
  t.match(problemsOf({ ...GOOD, ipvs: false }, 'ipvs'), [/no ip_vs: modprobe ip_vs there, or --emulate-ipvs/]);
  t.same(problemsOf({ ...GOOD, ipvs: false }, 'nftables'), [], 'only mode ipvs needs it');
  t.match(problemsOf({ ...GOOD, inotify: 128 }, 'none'), [/max_user_instances is 128: sysctl fs\.inotify/]);
  t.match(problemsOf({ ...GOOD, memoryKb: 1_048_576 }, 'none'), [/only 1024 MiB of memory are free: .*2930 MiB/]);
  t.match(problemsOf({ ...GOOD, diskKb: 1_048_576 }, 'none'), [
    /only 1024 MiB of disk are free, of 3906 MiB: docker system prune/,
  ]);
  t.equal(problemsOf({ ipvs: false, inotify: 1, memoryKb: 1, diskKb: 1 }, 'ipvs').length, 4);
});

t.test('the machine is that of the containers: a short container looks', async (t) => {
  const standIns = machine(t, {});
  t.strictSame(await lookAtMachine(new Docker('tcp://elsewhere:2375'), IMAGE), GOOD);
  t.match(standIns.calls('docker'), [
    {
      text: /^run --rm --privileged .*--network none .*kindest\/node:v1\.34\.2 -c /,
      env: { DOCKER_HOST: 'tcp://elsewhere:2375' },
    },
  ]);
});

t.test('a machine that has it all passes, and nothing is pulled', async (t) => {
  const standIns = machine(t, {});
  await check();
  t.notOk(standIns.calls('docker').some(({ text }) => text.startsWith('pull')));
});

t.test('no daemon', async (t) => {
  const said = 'Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?';
  machine(t, { docker: `echo '${said}' >&2; exit 1` });
  const told = { exitCode: ExitCode.infraError, hint: 'start Docker, or set DOCKER_HOST' };
  await t.rejects(check(), { message: `no Docker daemon answers: ${said}`, ...told });
  await t.rejects(check('tcp://127.0.0.1:1'), {
    message: /^no Docker daemon answers at tcp:\/\/127\.0\.0\.1:1: /,
    ...told,
  });
});

t.test('no docker at all', async (t) => {
  new StandIns(t.testdir(), {});
  await t.rejects(check(), { message: /^no Docker daemon answers: .*docker ENOENT/s, exitCode: ExitCode.infraError });
});

t.test('no kind', async (t) => {
  new StandIns(t.testdir(), { docker: DAEMON });
  await t.rejects(check(), { message: 'there is no kind', exitCode: ExitCode.infraError, hint: /^go install/ });
});

t.test('doctor, which tells of programs that are missing, does not tell of kind once more', async (t) => {
  new StandIns(t.testdir(), { docker: DAEMON });
  const { lines, missing } = await aboutMachine(new Docker(), [IMAGE]);
  t.match({ lines, missing }, { lines: [/^Docker 28\.0\.0$/, /^the kernel/], missing: [] });
});

t.test('a kind that is too old', async (t) => {
  machine(t, { kind: "echo 'kind v0.17.0 go1.19.2 linux/amd64'; exit" });
  await t.rejects(check(), { message: 'kind 0.17 is too old', exitCode: ExitCode.infraError, hint: '0.20 or newer' });
});

t.test('an image that is neither there nor to be had', async (t) => {
  const said = `Error response from daemon: manifest for ${IMAGE} not found: manifest unknown`;
  const docker = `case "$*" in 'image inspect '*) ${NONE} ;; 'pull '*) echo 'Pulling'; echo '${said}' >&2; exit 1 ;; esac`;
  const standIns = machine(t, { docker });
  await t.rejects(check(), {
    message: `there is no image ${IMAGE}: ${said}`,
    exitCode: ExitCode.infraError,
    hint: /^--image-map FILE/,
  });
  t.notOk(
    standIns.calls('docker').some(({ text }) => text.startsWith('run')),
    'no container of it is tried',
  );
});

t.test('an image that is not there, and is pulled', async (t) => {
  machine(t, { docker: `case "$*" in 'image inspect '*) ${NONE} ;; 'pull --quiet ${IMAGE}') exit 0 ;; esac` });
  await check();
});

for (const [what, slow] of [
  ['a first pull', `'image inspect '*) ${NONE} ;; 'pull '*) : >begun; exec sleep 20 ;;`],
  ['the look', `run*) : >begun; exec sleep 20 ;;`],
  ['a daemon that does not answer', `'version '*) : >begun; exec sleep 20 ;;`],
])
  t.test(`a run that is over does not wait for ${what}`, async (t) => {
    const standIns = machine(t, { docker: `case "$*" in ${slow} esac` });
    const controller = new AbortController();
    const timer = setInterval(() => existsSync(standIns.file('begun')) && controller.abort(new Error('over')), 20);
    t.teardown(() => clearInterval(timer));
    const startedAt = Date.now();
    const { signal } = controller;
    const checking = checkMachine(new Docker(), { mode: 'ipvs', nodeImage: IMAGE }, signal);
    await t.rejects(checking, { message: 'over' });
    t.ok(Date.now() - startedAt < 10_000);
  });

t.test('all that the machine lacks is told at once', async (t) => {
  const docker = String.raw`case "$*" in run*) printf 'ipvs no\ninotify 128\nmemory 8000000\ndisk 9000000\n'; exit ;; esac`;
  machine(t, { docker });
  await t.rejects(check(), { message: /no ip_vs: .*; fs\.inotify/, exitCode: ExitCode.infraError });
});

t.test('a full disk, where not even the short container starts', async (t) => {
  const said = 'docker: Error response from daemon: mkdir /var/lib/docker/overlay2/x: no space left on device.';
  machine(t, { docker: `case "$*" in run*) echo '${said}' >&2; exit 125 ;; esac` });
  await t.rejects(check(), {
    message: /^docker run .*: exit 125\n.*no space left on device\.$/s,
    exitCode: ExitCode.infraError,
  });
});

t.test(
  'doctor tells of the daemon, of kind and of the kernel, by an image that is there, and pulls none',
  async (t) => {
    const docker = `case "$*" in 'image inspect '*gone*) ${NONE} ;; esac`;
    const standIns = machine(t, { docker });
    t.match(await aboutMachine(new Docker('tcp://127.0.0.1:1'), ['gone:1', IMAGE]), {
      lines: [
        /^Docker 28\.0\.0 at tcp:\/\/127\.0\.0\.1:1, kind v0\.30\.0/,
        'the kernel that runs the containers: ip_vs is there',
      ],
      missing: [],
    });
    const { lines, missing } = await aboutMachine(new Docker(), ['gone:1']);
    t.match(lines, [/^Docker 28/, /^none of the node images .* is there yet/]);
    t.same(missing, []);
    t.notOk(standIns.calls('docker').some(({ text }) => text.startsWith('pull')));
  },
);

t.test('doctor tells what is missing, and nothing twice', async (t) => {
  machine(t, { docker: `[ "$1" != version ] || { echo away >&2; exit 1; }` });
  t.same(await aboutMachine(new Docker(), [IMAGE]), {
    lines: [],
    missing: ['no Docker daemon answers: away (start Docker, or set DOCKER_HOST)'],
  });
  new StandIns(t.testdir(), {});
  t.same(
    await aboutMachine(new Docker(), [IMAGE]),
    { lines: [], missing: [] },
    'that there is no docker at all is told beside it',
  );
});
