// Why a move is not allowed, in the words of both languages.
import type { InWords } from '../../document-shapes.ts';
import type { Refusal, RefusalReason } from './events.ts';

const messages: Readonly<Record<RefusalReason, InWords>> = {
  not_by: { en: 'Not for whoever says so', zh: '操作者无权执行该操作' },
  not_now: { en: 'Not in the state that the return is in', zh: '退货单当前状态不允许该操作' },
  refunded: { en: 'Money is out already: it has to be reversed first', zh: '已退款，须先冲回' },
  protected: {
    en: 'Protected by law: declined only for a reason of its list',
    zh: '受法定无理由退货保护，仅可按法定理由拒绝',
  },
  no_reason: { en: 'Needs a reason', zh: '须填写理由' },
  unknown_line: { en: 'Names a line that the return does not have', zh: '退货单无此行' },
  too_much: { en: 'More than is left of what was paid', zh: '超过可退余额' },
  not_due: { en: 'Not due yet, or no longer', zh: '未到期或已失效' },
};

export const refuse = (reason: RefusalReason): Refusal => ({ reason, message: messages[reason] });
