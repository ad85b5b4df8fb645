// A small model of a Slack incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
import { HttpResponse, http as on } from 'msw';
import type { Vendor } from '../../contract/connector/subject.ts';
import { openChat } from '../chat-vendor.ts';

export const token = 'T0MODEL/B0MODEL/sEcr3tOfTh1sWebhook';

export function slackChannel(now: () => number): Vendor & { archive(): void } {
  const chat = openChat(now);
  let isArchived = false;
  const says = (status: number, word: string) => new HttpResponse(word, { status });
  return {
    ...chat.vendor,
    archive: () => {
      isArchived = true;
    },
    handlers: [
      on.post('*/services/:team/:app/:secret', async ({ request, params }) => {
        if (`${params.team}/${params.app}/${params.secret}` !== token) return says(404, 'no_service');
        if (isArchived) return says(410, 'channel_is_archived');
        const message = (await request.json().catch(() => undefined)) as { text?: string } | undefined;
        if (message === undefined) return says(400, 'invalid_payload');
        if (!message.text) return says(400, 'no_text');
        chat.tell(message);
        return says(200, 'ok');
      }),
    ],
  };
}
