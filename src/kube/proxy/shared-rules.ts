/** A rule set as the kernel takes it; its text is made when somebody looks. */
import type { ServiceRules } from '../../net/sockets.js';

type Text = ServiceRules['text'];

export class SharedRules implements ServiceRules {
  readonly dnat: ServiceRules['dnat'];
  readonly rejects: ServiceRules['rejects'];
  readonly masquerade: ServiceRules['masquerade'];
  readonly hairpin: boolean;
  readonly ipvsFilter?: NonNullable<ServiceRules['ipvsFilter']>;
  readonly #make: () => Text;
  #text: Text | undefined;

  constructor(parts: Omit<ServiceRules, 'text'>, make: () => Text) {
    this.dnat = parts.dnat;
    this.rejects = parts.rejects;
    this.masquerade = parts.masquerade;
    this.hairpin = parts.hairpin === true;
    if (parts.ipvsFilter) this.ipvsFilter = parts.ipvsFilter;
    this.#make = make;
  }

  get text(): Text {
    this.#text ??= this.#make();
    return this.#text;
  }
}
