// A small model of a DingTalk custom robot with keyword and signature: https://open.dingtalk.com/document/orgapp/custom-robot-access
import { createHmac } from 'node:crypto';
import { HttpResponse, http as on } from 'msw';
import type { Vendor } from '../../contract/connector/subject.ts';
import { openChat } from '../chat-vendor.ts';

export const token = 'f3d1-model-of-a-token-9c0e';
export const signSecret = 'SECmodel0fAs1gningSecret';
export const keyword = '订单';
const hour = 3_600_000;

interface Message {
  msgtype?: string;
  text?: { content?: string };
  /** https://help.dingtalk.io/open/development/custom-robots-send-group-messages: what carries it twice is said once. */
  msgUuid?: string;
}

export function dingtalkGroup(now: () => number): Vendor {
  const chat = openChat(now);
  // Every answer is HTTP 200.
  const says = (errcode: number, errmsg: string) => HttpResponse.json({ errcode, errmsg });
  const isSigned = ({ searchParams }: URL): boolean => {
    const timestamp = searchParams.get('timestamp') ?? '';
    const expected = createHmac('sha256', signSecret).update(`${timestamp}\n${signSecret}`).digest('base64');
    return Math.abs(now() - Number(timestamp)) < hour && searchParams.get('sign') === expected;
  };
  return {
    ...chat.vendor,
    handlers: [
      on.post('*/robot/send', async ({ request }) => {
        const url = new URL(request.url);
        if (url.searchParams.get('access_token') !== token) return says(300001, 'token is not exist');
        if (!isSigned(url)) return says(310000, 'sign not match');
        if (chat.recent() >= 20) return says(130101, 'send too fast, exceed 20 times per minute');
        const { msgUuid, ...message } = (await request.json()) as Message;
        if (message.msgtype !== 'text') return says(400105, 'unsupported msgtype');
        if (!message.text?.content?.includes(keyword)) return says(310000, 'keywords not in content');
        chat.tell(message, msgUuid);
        return says(0, 'ok');
      }),
    ],
  };
}
