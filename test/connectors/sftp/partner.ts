// A partner behind an SFTP server: drops orders in /orders, takes what lies in /shipments.
import type { Held, Vendor, WireServer } from '../../contract/connector/subject.ts';
import { type Disk, emptyDisk, serveSftp } from './sftp-server.ts';

export const columns = ['@id', '@op', 'number', 'carrier', 'shipTo.name'];

export interface Partner extends Vendor {
  disk: Disk;
  serve(key?: string): Promise<WireServer>;
}

export function partner(now: () => number): Partner {
  const disk = emptyDisk('/orders', '/shipments');
  const orders: Held[] = [];
  let last = 0;
  const dropOrder = (id: string, at: number): void => {
    last += 1;
    disk.put(
      `/orders/O-${String(last).padStart(4, '0')}.csv`,
      `number,total,note,colour\r\n${id},12.50,,green\r\n`,
      at,
    );
  };
  const dropShipment = (id: string): void => {
    disk.put(`/shipments/shipment-000000000000-${id}.csv`, `${columns.join(',')}\r\n${id},create,S-${id},UPS,\r\n`, 0);
  };
  return {
    disk,
    serve: (key) => serveSftp(disk, now, key),
    handlers: [],
    held: (record) => (record === 'order' ? orders : shipmentsOn(disk)),
    add: (record, at) => {
      const id = String(orders.length + shipmentsOn(disk).length + 1);
      if (record !== 'order') dropShipment(id);
      else {
        dropOrder(id, at);
        orders.push({ id, object: { number: id } });
      }
      return id;
    },
    touch: (_, id, at) => dropOrder(id, at),
  };
}

/** Read as he would: file after file in the order of their names, one object an id. */
function shipmentsOn(disk: Disk): Held[] {
  const found = new Map<string, Held>();
  for (const name of disk.names('/shipments').filter((one) => !one.startsWith('.'))) {
    const [head = '', row = ''] = String(disk.files.get(`/shipments/${name}`)?.bytes).split('\r\n');
    const cells = row.split(',');
    const object = Object.fromEntries(head.split(',').map((column, index) => [column, cells[index] ?? '']));
    found.set(cells[0] ?? '', { id: cells[0] ?? '', object: { ...object, '@op': '' } });
  }
  return [...found.values()];
}
