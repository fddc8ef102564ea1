/** What service rules make of connections, on the laboratory's hosts: NAT, masquerade, REJECT, IPVS. */
import t from 'tap';
import { MINUTE, SECOND } from '../base/instant.js';
import { formatIpv4, type Ipv4, prefix } from '../base/ip.js';
import { CP, connect, type Lab, makeLab, NO_RULES, OUTER, ping, serve, W1, W2 } from '../sim/lab.js';
import type { Host } from './host.js';
import type { Endpoint, Masquerade } from './sockets.js';
import { serviceKey } from './sockets.js';

const VIP = W1 + 100;
const KEY = serviceKey('TCP', VIP, 80);
const TO_W2: Endpoint = { ip: W2, port: 8080 };

/** Everybody sends the address to w1, who has the rules. */
function lab(): Lab {
  const made = makeLab();
  for (const host of [made.outer, made.cp, made.w2])
    host.addRoute({ to: { address: VIP, length: 32 }, via: W1, device: 'eth0' });
  return made;
}

/** Tells whom it sees as the client. */
function tell(host: Host, port: number): void {
  host.listen(null, port, 'server', (socket) => socket.send(formatIpv4(socket.remote.ip), 10));
}

const dnat = (masquerade: Masquerade, ...endpoints: Endpoint[]) =>
  new Map([[KEY, { endpoints, local: 'any' as const, masquerade }]]);

t.test(
  'DNAT without masquerade keeps the client’s address; answers must come back through the translator',
  async (t) => {
    const made = lab();
    tell(made.w2, 8080);
    made.w1.setServiceRules({ ...NO_RULES, dnat: dnat(false, TO_W2) });
    t.equal(connect(made, made.w1, VIP, 80).outcome, 'ok 10.9.0.3', 'from the translator itself');
    t.equal(
      connect(made, made.cp, VIP, 80).outcome,
      'timeout',
      'w2 answers cp directly, which knows no such connection',
    );
  },
);

t.test('masquerade gives the translator’s address, for all or for sources outside a network', async (t) => {
  const seenFrom = (masquerade: Masquerade) => {
    const made = lab();
    tell(made.w2, 8080);
    made.w1.setServiceRules({ ...NO_RULES, dnat: dnat(masquerade, TO_W2) });
    return connect(made, made.cp, VIP, 80).outcome;
  };
  t.equal(seenFrom(true), 'ok 10.9.0.3');
  t.equal(seenFrom(prefix('10.244.0.0/16')), 'ok 10.9.0.3');
  t.equal(seenFrom(prefix('10.9.0.0/24')), 'timeout', 'the client is inside: not masqueraded');
});

t.test('who is sent to itself is masqueraded, whatever the rule says', async (t) => {
  const made = lab();
  tell(made.w2, 8080);
  made.w1.setServiceRules({ ...NO_RULES, dnat: dnat(false, TO_W2) });
  t.equal(connect(made, made.w2, VIP, 80).outcome, 'ok 10.9.0.3');
});

t.test('a refusal by the endpoint comes back to the client as one by the address that it asked', async (t) => {
  const made = lab();
  made.w2.setServiceRules({ ...NO_RULES, ipvsFilter: { allowed: new Set(), bound: new Set([W2]) } });
  made.w1.setServiceRules({ ...NO_RULES, dnat: dnat(true, TO_W2) });
  t.equal(connect(made, made.cp, VIP, 80).outcome, 'ECONNREFUSED', 'by ICMP');
  t.equal(connect(made, made.w1, VIP, 80).outcome, 'ECONNREFUSED');
});

t.test('connections are spread over the endpoints, and each stays where it began', async (t) => {
  const made = lab();
  for (const host of [made.w2, made.cp]) serve(host, 8080);
  made.w1.setServiceRules({ ...NO_RULES, dnat: dnat(true, TO_W2, { ip: CP, port: 8080 }) });
  const answers = Array.from({ length: 20 }, () => connect(made, made.outer, VIP, 80).outcome);
  t.same(new Set(answers), new Set(['ok w2', 'ok cp']));
  const banners: unknown[] = [];
  const socket = made.outer.connect(VIP, 80, { process: 'nc' });
  socket.handlers = { message: (m) => banners.push(m) };
  made.world.queue.runUntil(made.world.queue.now() + SECOND);
  const [first] = banners;
  made.w1.setServiceRules(NO_RULES);
  socket.send('still there', 10);
  made.world.queue.runUntil(made.world.queue.now() + SECOND);
  t.same(banners, [first, 'still there'], 'even when the rules are gone');
});

t.test('before 1.21 what a node makes itself is redirected only where the address is local to it', async (t) => {
  const made = lab();
  serve(made.w2, 8080);
  const local = 'to-local' as const;
  made.w1.addRoute({ to: { address: VIP, length: 32 }, via: CP, device: 'eth0' });
  made.w1.setServiceRules({ ...NO_RULES, dnat: new Map([[KEY, { endpoints: [TO_W2], local, masquerade: true }]]) });
  t.not(connect(made, made.w1, VIP, 80).outcome, 'ok w2');
  t.equal(connect(made, made.outer, VIP, 80).outcome, 'ok w2', 'what comes from outside is');
  made.w1.addAddress('kube-ipvs0', { address: VIP, length: 32 });
  t.equal(connect(made, made.w1, VIP, 80).outcome, 'ok w2');
});

t.test('REJECT works on the hooks it names: input, forward, output', async (t) => {
  const outcomes = (hook: 'input' | 'forward' | 'output', bound: boolean) => {
    const made = lab();
    if (bound) made.w1.addAddress('kube-ipvs0', { address: VIP, length: 32 });
    else made.w1.addRoute({ to: { address: VIP, length: 32 }, via: CP, device: 'eth0' });
    const none = { input: false, forward: false, output: false };
    made.w1.setServiceRules({ ...NO_RULES, rejects: new Map([[KEY, { ...none, [hook]: true }]]) });
    const quick = (from: Host) => connect(made, from, VIP, 80, SECOND / 2).outcome;
    return [quick(made.w1), quick(made.outer)];
  };
  // From outside it goes round between the two until its time to live is over.
  t.same(outcomes('output', false), ['ECONNREFUSED', 'EHOSTUNREACH']);
  t.same(outcomes('forward', false), ['timeout', 'ECONNREFUSED']);
  const made = lab();
  made.w1.addAddress('kube-ipvs0', { address: VIP, length: 32 });
  serve(made.w1, 80);
  made.w1.setServiceRules({
    ...NO_RULES,
    rejects: new Map([[KEY, { input: true, forward: false, output: false }]]),
  });
  t.equal(connect(made, made.outer, VIP, 80).outcome, 'ECONNREFUSED');
  t.equal(connect(made, made.outer, W1, 80).outcome, 'ok w1', 'other addresses of the port are none of its business');
});

t.test('KUBE-IPVS-FILTER lets service ports and established connections pass', async (t) => {
  const made = lab();
  serve(made.w1, 22);
  const socket = made.cp.connect(W1, 22, { process: 'ssh' });
  const heard: unknown[] = [];
  socket.handlers = { message: (m) => heard.push(m), closed: (why) => heard.push(why) };
  made.w1.setServiceRules(NO_RULES);
  made.world.queue.runUntil(SECOND);
  const allowed = new Set([serviceKey('TCP', W1, 2222)]);
  made.w1.setServiceRules({ ...NO_RULES, ipvsFilter: { allowed, bound: new Set([W1]) } });
  socket.send('hello', 10);
  made.world.queue.runUntil(2 * SECOND);
  t.same(heard, ['w1', 'hello']);
  serve(made.w1, 2222);
  t.equal(connect(made, made.cp, W1, 22).outcome, 'ECONNREFUSED');
  t.equal(connect(made, made.cp, W1, 2222).outcome, 'ok w1');
  t.equal(ping(made, made.cp, W1).outcome, 'port-unreachable');
});

function ipvs(made: Lab, ip: Ipv4, port: number, ...destinations: Endpoint[]): void {
  made.w1.addAddress('kube-ipvs0', { address: ip, length: 32 });
  made.w1.ipvs.addServer({ protocol: 'TCP', ip, port });
  made.w1.ipvs.setDestinations('TCP', ip, port, destinations);
  made.w1.setServiceRules({ ...NO_RULES, masquerade: new Map([[serviceKey('TCP', ip, port), true]]) });
}

t.test('IPVS ends a connection whose real server was taken away, and counts those that it has', async (t) => {
  const made = lab();
  serve(made.w2, 8080);
  ipvs(made, VIP, 80, TO_W2);
  const heard: unknown[] = [];
  const socket = made.outer.connect(VIP, 80, { process: 'nc' });
  socket.handlers = { message: (m) => heard.push(m) };
  made.world.queue.runUntil(SECOND);
  const { conntrack } = made.w1.netfilter;
  t.same(conntrack.countOf(VIP, 80, TO_W2), { active: 1, inactive: 0 });
  made.w1.ipvs.setDestinations('TCP', VIP, 80, []);
  socket.send('lost', 10);
  made.world.queue.runUntil(2 * SECOND);
  t.same(heard, ['w2'], 'no answer any more');
  t.same(conntrack.countOf(VIP, 80, TO_W2), { active: 0, inactive: 0 });
});

t.test('IPVS schedules nothing but SYNs: what was established before goes on', async (t) => {
  const made = lab();
  serve(made.w1, 80);
  const heard: unknown[] = [];
  const socket = made.outer.connect(W1, 80, { process: 'nc' });
  socket.handlers = { message: (m) => heard.push(m) };
  made.world.queue.runUntil(SECOND);
  ipvs(made, W1, 80);
  socket.send('mid-stream', 10);
  made.world.queue.runUntil(2 * SECOND);
  t.same(heard, ['w1', 'mid-stream']);
  t.equal(connect(made, made.outer, W1, 80).outcome, 'ECONNREFUSED', 'a new one finds no real server');
});

t.test('a translated connection that is idle for ten minutes is still translated', async (t) => {
  const made = lab();
  serve(made.w2, 8080);
  made.w1.setServiceRules({ ...NO_RULES, dnat: dnat(true, TO_W2) });
  const heard: unknown[] = [];
  const socket = made.outer.connect(VIP, 80, { process: 'nc' });
  socket.handlers = { message: (m) => heard.push(m) };
  made.world.queue.runUntil(SECOND);
  made.w1.setServiceRules(NO_RULES);
  made.world.queue.runUntil(10 * MINUTE);
  socket.send('later', 10);
  made.world.queue.runUntil(11 * MINUTE);
  t.same(heard, ['w2', 'later']);
});

t.test('the outer host reaches addresses without rules as ever', async (t) => {
  const made = lab();
  serve(made.w1, 22);
  made.w1.setServiceRules(NO_RULES);
  t.equal(connect(made, made.outer, W1, 22).outcome, 'ok w1');
  t.equal(ping(made, made.w1, OUTER).outcome, 'ok');
});
