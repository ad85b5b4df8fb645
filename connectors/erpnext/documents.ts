// What is known of customers, sales orders and addresses, field by field: absent in an answer, each of them is null.

export const refField = 'custom_syncline_ref';

export const address = {
  doctype: 'Address',
  fields: [
    ...['address_title', 'address_type', 'address_line1', 'address_line2', 'city', 'state', 'pincode', 'country'],
    ...['phone', 'email_id', 'modified'],
  ],
};

export const customer = {
  doctype: 'Customer',
  fields: [
    ...[refField, 'customer_name', 'customer_type', 'customer_group', 'territory', 'tax_id', 'website', 'language'],
    ...['default_currency', 'email_id', 'mobile_no', 'customer_primary_address', 'disabled'],
  ],
  /** The field that names its address, and the member that the address is read into. */
  addressField: 'customer_primary_address',
  addressMember: 'address',
  addressType: 'Billing',
  keys: { number: refField, emails: 'email_id' },
};

export const order = {
  doctype: 'Sales Order',
  fields: [
    ...[refField, 'customer', 'customer_name', 'status', 'transaction_date', 'delivery_date', 'po_no', 'company'],
    ...['currency', 'net_total', 'total_taxes_and_charges', 'grand_total', 'delivery_status', 'billing_status'],
    ...['shipping_address_name', 'customer_address', 'items'],
  ],
  addressField: 'shipping_address_name',
  addressMember: 'shipping',
  addressType: 'Shipping',
  keys: { number: refField },
};

export type Kind = typeof customer | typeof order;
