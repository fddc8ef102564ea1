/** The list of images is whole, and a map swaps what it names, whatever host and digest the list has. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { loadImages, type Role, upstreamName } from './images.js';

const ROLES: readonly Role[] = ['nodeExporter', 'prometheus', 'traffic', 'tools'];

const MAP = `images:
  prometheus/prometheus:v3.5.0: lab/prometheus:v3.5.0
  quay.io/prometheus/node-exporter:v1.9.1: localhost:5000/node-exporter:v1.9.1
  networkstatic/iperf3: lab/iperf3:3.12
  busybox:1.28: lab/busybox:1.35
  kindest/node:v1.34.2: lab/node:v1.34.2
  kindest/node:v1.20.10: lab/node:v1.20.10
  kube-windtunnel/bandwidth-scheduler:1.34.2: lab/scheduler:1
`;

function mapped(test: Test, text: string) {
  return loadImages(join(test.testdir({ 'map.yaml': text }), 'map.yaml'));
}

/** The message of the failure, from the line on that names the first place. */
function told(test: Test, text: string): string {
  try {
    mapped(test, text);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    test.equal(error.exitCode, ExitCode.usage);
    return error.message;
  }
  return 'taken';
}

t.test('what is published is pinned by digest, and a scheduler has its version for a tag', async (t) => {
  const images = loadImages();
  for (const role of ROLES) t.match(images.of(role), /@sha256:[0-9a-f]{64}$/);
  t.equal(images.scheduler('scheduler', '1.36.3'), 'kube-windtunnel/bandwidth-scheduler:1.36.3');
  t.equal(images.scheduler('specimens', '1.34.2'), 'kube-windtunnel/specimen-scheduler:1.34.2');
  t.match(images.node('1.34.2'), /^kindest\/node:v1\.34\.2@sha256:/);
  t.equal(images.node('1.20.10'), 'kindest/node:v1.20.10', 'a version without a known digest');
});

t.test('a map swaps by name, whatever host and digest the list or the map has', async (t) => {
  const images = mapped(t, MAP);
  t.equal(images.of('prometheus'), 'lab/prometheus:v3.5.0');
  t.equal(images.of('nodeExporter'), 'localhost:5000/node-exporter:v1.9.1');
  t.equal(images.of('traffic'), 'lab/iperf3:3.12');
  t.equal(images.node('1.34.2'), 'lab/node:v1.34.2');
  t.equal(images.node('1.20.10'), 'lab/node:v1.20.10');
  t.equal(images.swap('docker.io/library/busybox:1.28'), 'lab/busybox:1.35');
  t.equal(images.swap('busybox'), 'busybox', 'another tag is another image');
  t.equal(images.scheduler('scheduler', '1.34.2'), 'lab/scheduler:1');
  t.match(images.scheduler('scheduler', '1.36.3'), /^kube-windtunnel/, 'what the map does not name stays');
});

t.test('a name of the map that may be mistyped is told with its place; any other may be of an object', async (t) => {
  const doubted = `images:
  prom/prometheus:v3.5.0: lab/prometheus:v3.5.0
  prometheus/node-exporter:v1.9.l: lab/node-exporter:v1.9.1
  kindest/nodes:v1.34.2: lab/node:v1.34.2
  kube-windtunnel/bandwith-scheduler:1.34.2: lab/scheduler:1
  busybox:1.28: lab/busybox:1.35
  kindest/node:v1.20.10: lab/node:v1.20.10
`;
  const { doubts } = mapped(t, doubted);
  t.equal(doubts.length, 4);
  t.match(doubts, [
    /map\.yaml:2:3: prom\/prometheus:v3\.5\.0 is not in .*; did you mean prometheus\/prometheus:v3\.5\.0\?$/,
    /map\.yaml:3:3: .* did you mean prometheus\/node-exporter:v1\.9\.1\?$/,
    /map\.yaml:4:3: .* did you mean kindest\/node:v1\.34\.2\?$/,
    /map\.yaml:5:3: .* did you mean kube-windtunnel\/bandwidth-scheduler:1\.34\.2\?$/,
  ]);
  t.same(mapped(t, MAP).doubts, []);
});

t.test('a name is what is left without the host and the digest', async (t) => {
  const digest = `@sha256:${'a'.repeat(64)}`;
  const names: readonly (readonly [string, string])[] = [
    [`quay.io/prometheus/prometheus:v3.5.0${digest}`, 'prometheus/prometheus:v3.5.0'],
    ['localhost:5000/a/b:1', 'a/b:1'],
    ['localhost/a:1', 'library/a:1'],
    ['kindest/node:v1.34.2', 'kindest/node:v1.34.2'],
    ['busybox', 'library/busybox:latest'],
    [`networkstatic/iperf3${digest}`, 'networkstatic/iperf3:latest'],
  ];
  for (const [image, name] of names) t.equal(upstreamName(image), name, image);
});

t.test('a bad map is told with every place', async (t) => {
  const text = told(t, 'images:\n  "a b": c\n  d: [e]\n  f:1: g\n  docker.io/f:1: g\n  h: ""\nimage: {}\n');
  t.match(text, /^the image map cannot be used\n/);
  t.match(text, /map\.yaml:2:3: error WT0103: a b is no image\n/);
  t.match(text, /map\.yaml:3:6: error WT0103: a list is no image\n {4}d: \[e\]\n {7}\^/);
  t.match(text, /map\.yaml:5:3: error WT0309: docker\.io\/f:1 is the same image as f:1/);
  t.match(text, /map\.yaml:6:6: error WT0103: an empty text is no image/);
  t.match(text, /map\.yaml:7:1: error WT0101: unknown key image\n/);
});

t.test('a map without images, an empty one, and one that is not there', async (t) => {
  t.match(told(t, '{}'), /WT0102: the file has no images/);
  t.match(told(t, 'images:\n'), /WT0103: nothing is no mapping/);
  t.match(told(t, ''), /WT0005: the file is empty/);
  t.match(told(t, 'images: {a: b'), /WT0010/);
  t.equal(told(t, 'apiVersion: windtunnel/v1alpha1\nkind: ImageMap\nimages: {}\n'), 'taken');
  t.throws(() => loadImages('gone.yaml'), {
    message: /^the image map cannot be used\nerror WT0001: no file gone\.yaml$/,
  });
});
