/**
 * A real API server on loopback, with etcd, for kube-proxies alone: objects and watches. There is no controller, no scheduler and no
 * kubelet, and everybody with the token may do everything. Owns the two processes and how a kubeconfig names them.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { freePort, type Program, startProgram } from './program.js';

const READY_MAX_MS = 60_000;
const SERVICES = '10.96.0.0/16';

export interface ApiServer {
  readonly port: number;
  readonly objects: KubernetesObjectApi;
  readonly core: CoreV1Api;
  /** A kubeconfig's text for who reaches the server as `host:6443`. */
  kubeconfig(host: string): string;
  close(): void;
}

export interface ApiServerOptions {
  /** For everything that the two write; the caller's to remove. */
  readonly folder: string;
  readonly etcd: string;
  readonly kubeApiServer: string;
  /** The address that kube-proxies dial: the server's certificate names it. */
  readonly advertised: string;
}

const url = (port: number) => `http://127.0.0.1:${port}`;

async function startEtcd(
  program: string,
  folder: string,
): Promise<{ readonly running: Program; readonly port: number }> {
  const [port, peers] = [await freePort(), await freePort()];
  const args = [
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=${url(port)}`,
    `--advertise-client-urls=${url(port)}`,
    `--listen-peer-urls=${url(peers)}`,
    `--initial-advertise-peer-urls=${url(peers)}`,
    `--initial-cluster=default=${url(peers)}`,
  ];
  return { running: startProgram(program, args, join(folder, 'etcd.log')), port };
}

function serverArguments(folder: string, etcdPort: number, port: number, advertised: string, token: string): string[] {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = join(folder, 'service-accounts.key');
  const publicKey = join(folder, 'service-accounts.pub');
  writeFileSync(key, keys.privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(publicKey, keys.publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  return [
    `--etcd-servers=${url(etcdPort)}`,
    '--bind-address=127.0.0.1',
    `--advertise-address=${advertised}`,
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=AlwaysAllow',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${publicKey}`,
    `--service-account-signing-key-file=${key}`,
    `--service-cluster-ip-range=${SERVICES}`,
    '--disable-admission-plugins=ServiceAccount',
  ];
}

/** JSON, which is YAML. The certificate that the server made for itself holds its maker's too. */
function kubeconfigText(server: string, folder: string, token: string): string {
  const authority = join(folder, 'certificates', 'apiserver.crt');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority': authority } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'admin' } }],
    'current-context': 'lab',
  });
}

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { folder, advertised } = options;
  const etcd = await startEtcd(options.etcd, folder);
  try {
    const [port, token] = [await freePort(), randomUUID()];
    const args = serverArguments(folder, etcd.port, port, advertised, token);
    const server = startProgram(options.kubeApiServer, args, join(folder, 'kube-apiserver.log'));
    const close = () => {
      server.close();
      etcd.running.close();
    };
    try {
      return await reach(server, port, folder, token, close);
    } catch (error) {
      server.close();
      throw error;
    }
  } catch (error) {
    etcd.running.close();
    throw error;
  }
}

async function reach(
  server: Program,
  port: number,
  folder: string,
  token: string,
  close: () => void,
): Promise<ApiServer> {
  const config = new KubeConfig();
  // Its certificate is written while it starts.
  const answers = async () => {
    try {
      config.loadFromString(kubeconfigText(`https://127.0.0.1:${port}`, folder, token));
      await config.makeApiClient(CoreV1Api).listNamespace();
      return true;
    } catch {
      return false;
    }
  };
  await server.until(answers, READY_MAX_MS);
  return {
    port,
    objects: KubernetesObjectApi.makeApiClient(config),
    core: config.makeApiClient(CoreV1Api),
    kubeconfig: (host) => kubeconfigText(`https://${host}:6443`, folder, token),
    close,
  };
}
