/**
 * One request to the API server, by one of two ways: from here, over HTTPS, or from inside a control plane's container, over its loopback,
 * which no fault cuts. JSON in, JSON out: a typed client would turn times into other things. Refuses to know objects.
 */
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { CLUSTER_CA, curl } from './curl.js';
import type { Docker } from './docker.js';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With the query: `/api/v1/nodes?limit=1`. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface ApiResponse {
  readonly status: number;
  /** JSON; what is none is in `message`, as the API server words its Status. */
  readonly body: unknown;
}

/** Rejects where the server is not reached within its time. */
export type Requester = (request: ApiRequest) => Promise<ApiResponse>;

const FROM_HERE_MAX_MS = 5_000;
const INSIDE_MAX_S = 60;
/** After it was not reached from here, so long it is not tried again. */
const AVOID_MS = 15_000;
const JSON_TYPE = 'application/json';
export const JSON_PATCH = 'application/json-patch+json';
const FOLDER = '/run/windtunnel';
/** In the control plane's container: an administrator's certificate and key, as curl takes them. */
export const ADMIN = `${FOLDER}/admin.pem`;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 500) };
  }
}

/** Over HTTPS, as the kubeconfig says. */
export function fromHere(kubeconfig: string): Requester {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = config.getCurrentCluster()?.server ?? '';
  return async ({ method, path, body, contentType = JSON_TYPE }) => {
    const options: RequestOptions = { method, headers: { 'content-type': contentType }, timeout: FROM_HERE_MAX_MS };
    await config.applyToHTTPSOptions(options);
    return new Promise((resolve, reject) => {
      const call = httpsRequest(new URL(path, server), options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }),
        );
      });
      call.on('timeout', () => call.destroy(new Error(`no answer from ${server} within ${FROM_HERE_MAX_MS / 1000} s`)));
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  };
}

/** Puts the administrator's certificate where curl finds it, once for a container. */
export async function prepareInside(docker: Docker, container: string, kubeconfig: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const user = config.getCurrentUser();
  const pem = [user?.certData, user?.keyData].map((data) => Buffer.from(data ?? '', 'base64').toString());
  const script = `umask 077; mkdir -p ${FOLDER}; cat > ${ADMIN}`;
  const { code, stderr } = await docker.exec(container, ['sh', '-c', script], { input: pem.join('\n') });
  if (code !== 0) throw new Error(`${container}: ${stderr.trim()}`);
}

/** By curl in a control plane's container. */
export function fromInside(docker: Docker, container: string): Requester {
  return async ({ method, path, body, contentType = JSON_TYPE }) => {
    const how = ['--request', method, '--cacert', CLUSTER_CA, '--cert', ADMIN];
    const data = body === undefined ? [] : ['--header', `content-type: ${contentType}`, '--data-binary', '@-'];
    const url = `https://127.0.0.1:6443${path}`;
    const argv = curl(INSIDE_MAX_S, ...how, ...data, '--write-out', '\\n%{http_code}', url);
    const input = body === undefined ? {} : { input: JSON.stringify(body) };
    const { code, stdout, stderr } = await docker.exec(container, argv, input);
    if (code !== 0) throw new Error(`curl in ${container}: ${stderr.trim()}`);
    const end = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(end + 1)), body: parsed(stdout.slice(0, end)) };
  };
}

/** What is asked a second time, since no answer came, may have been done the first time: then it is refused, or done twice. */
const isOnce = ({ method, contentType }: ApiRequest) =>
  method === 'DELETE' || method === 'POST' || contentType === JSON_PATCH;

/** From here as long as that works, else from inside; after a while from here again. By the one way that no fault cuts what is to be done once. */
export function eitherWay(here: Requester, inside: Requester, now = Date.now): Requester {
  let avoidUntil = 0;
  return async (request) => {
    if (isOnce(request) || now() < avoidUntil) return inside(request);
    try {
      return await here(request);
    } catch {
      avoidUntil = now() + AVOID_MS;
      return inside(request);
    }
  };
}
