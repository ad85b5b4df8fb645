// A small model of a WeCom group bot: https://developer.work.weixin.qq.com/document/path/91770
import { HttpResponse, http as on } from 'msw';
import type { Vendor } from '../../contract/connector/subject.ts';
import { openChat } from '../chat-vendor.ts';

export const key = '0d8a3c52-model-4f0e-9b77-secret';
export const perMinute = 20;

export function wecomGroup(now: () => number): Vendor {
  const chat = openChat(now);
  // Every answer is HTTP 200.
  const says = (errcode: number, errmsg: string) => HttpResponse.json({ errcode, errmsg });
  return {
    ...chat.vendor,
    handlers: [
      on.post('*/cgi-bin/webhook/send', async ({ request }) => {
        if (new URL(request.url).searchParams.get('key') !== key) return says(93000, 'invalid webhook url');
        if (chat.recent() >= perMinute) return says(45009, 'api freq out of limit');
        const message = (await request.json()) as { msgtype?: string; text?: { content?: string } };
        if (message.msgtype !== 'text') return says(40008, 'invalid message type');
        if (!message.text?.content) return says(44004, 'empty content');
        chat.tell(message);
        return says(0, 'ok');
      }),
    ],
  };
}
