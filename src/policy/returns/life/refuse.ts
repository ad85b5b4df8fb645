// Why a move is not allowed, in the words of both languages.
import type { InWords } from '../../document-shapes.ts';
import { floors } from '../floor.ts';
import type { Refusal, RefusalReason, ReturnEvent } from './events.ts';
import { outstanding, type ReturnState, refundable } from './state.ts';

const messages: Readonly<Record<RefusalReason, InWords>> = {
  not_by: { en: 'Not for whoever says so', zh: '操作者无权执行该操作' },
  not_now: { en: 'Not in the state that the return is in', zh: '退货单当前状态不允许该操作' },
  refunded: { en: 'Money is out already: it has to be reversed first', zh: '已退款，须先冲回' },
  protected: {
    en: 'Protected by law, and declined only for one of its reasons',
    zh: '受法定无理由退货保护，仅可按法定理由拒绝',
  },
  no_reason: { en: 'Needs a reason', zh: '须填写理由' },
  unknown_line: { en: 'Names a line that the return does not have; it has', zh: '退货单无此行，其行为' },
  too_much: { en: 'More minor units than there are', zh: '超过余额（最小货币单位）' },
  not_due: { en: 'Not due yet, or no longer', zh: '未到期或已失效' },
};

export const refuse = (reason: RefusalReason): Refusal => ({ reason, message: messages[reason] });

/** With what it depends on, and what may be said instead. */
export function explained({ reason, message }: Refusal, state: ReturnState, event: ReturnEvent): Refusal {
  const more = moreOf(reason, state, event);
  return { reason, message: more ? { en: `${message.en}: ${more.en}`, zh: `${message.zh}：${more.zh}` } : message };
}

const codes = (words: string): InWords => ({ en: words, zh: words });

function moreOf(reason: RefusalReason, state: ReturnState, event: ReturnEvent): InWords | undefined {
  const { regions, protectedBy, lines } = state;
  switch (reason) {
    case 'not_now':
      return isEarlyDecline(state, event) ? early : codes(`${event.type} at ${standing(regions)}`);
    case 'protected':
      return protectedBy === null ? undefined : codes(floors[protectedBy].declineReasons.join(', '));
    case 'too_much':
      return codes(String(mostOf(state, event)));
    case 'unknown_line':
      return codes(lines.map(({ orderLine }) => orderLine).join(', '));
    default:
      return undefined;
  }
}

/** What is out may be recovered; what is not out yet may be released. */
const mostOf = (state: ReturnState, { type }: ReturnEvent): number =>
  Math.max(0, type === 'clawback_recovered' ? outstanding(state) : refundable(state) - outstanding(state));

const isEarlyDecline = ({ regions: { approval } }: ReturnState, event: ReturnEvent): boolean =>
  event.type === 'reviewed' &&
  event.decision === 'decline' &&
  ['requested', 'awaiting_evidence', 'awaiting_identity'].includes(approval);

const early: InWords = {
  en: 'it waits for its customer; "review_requested" brings it before a person, who may decline it then',
  zh: '正在等待客户；先以 review_requested 转人工审核，方可拒绝',
};

const standing = (regions: ReturnState['regions']): string =>
  Object.entries(regions)
    .filter(([, state]) => state !== 'none')
    .map(([region, state]) => `${region} ${state}`)
    .join(', ');
