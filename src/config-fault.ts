// What is wrong with the configuration: every fault at once, each with its place.

export interface ConfigFault {
  /** Place in the file, e.g. `systems.wms.delivery.rate`; or `line 3`, or the name of a variable of the environment. */
  path: string;
  message: string;
}

/** Enough of a faulty configuration to check the documents that it names. */
export interface NamedDocuments {
  mappings: string;
  systems: { id: string; connector: string; overlays: Record<string, unknown> }[];
}

export class ConfigFaults extends Error {
  readonly file: string;
  readonly faults: ConfigFault[];
  /** Absent when the file could not be read at all. */
  readonly documents: NamedDocuments | undefined;
  constructor(file: string, faults: ConfigFault[], documents?: NamedDocuments) {
    super(
      `${file}: ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}: ${faults.map(configFaultText).join('; ')}`,
    );
    this.name = 'ConfigFaults';
    this.file = file;
    this.faults = faults;
    this.documents = documents;
  }
}

export const configFaultText = ({ path, message }: ConfigFault): string =>
  path === '' ? message : `${path}: ${message}`;

/** `systems.wms.delivery.rate`, `egress.allow[0]` */
export const placeOf = (segments: readonly (string | number)[]): string =>
  segments.reduce<string>(
    (path, segment) =>
      typeof segment === 'number' ? `${path}[${segment}]` : path === '' ? segment : `${path}.${segment}`,
    '',
  );
