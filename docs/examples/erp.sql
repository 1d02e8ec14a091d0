-- An accounting database in small, for the example of docs/tables-to-upflow.md.
CREATE TABLE debtors (
  debtor_no VARCHAR(20) PRIMARY KEY, company VARCHAR(100) NOT NULL, vat_no VARCHAR(20), street VARCHAR(100),
  zip VARCHAR(20), town VARCHAR(50), country VARCHAR(50), head_office VARCHAR(20), email VARCHAR(200),
  updated_at TIMESTAMP NOT NULL
);
CREATE TABLE invoices (
  invoice_no VARCHAR(20) PRIMARY KEY, debtor_no VARCHAR(20) NOT NULL, issued_on DATE NOT NULL, due_on DATE NOT NULL,
  currency CHAR(3) NOT NULL, total DECIMAL(12, 2) NOT NULL, tax DECIMAL(12, 2) NOT NULL, updated_at TIMESTAMP NOT NULL
);
CREATE TABLE credits (
  credit_no VARCHAR(20) PRIMARY KEY, debtor_no VARCHAR(20) NOT NULL, issued_on DATE NOT NULL, currency CHAR(3) NOT NULL,
  total DECIMAL(12, 2) NOT NULL, settles VARCHAR(500), updated_at TIMESTAMP NOT NULL
);
CREATE TABLE receipts (
  receipt_no VARCHAR(20) PRIMARY KEY, debtor_no VARCHAR(20) NOT NULL, received_on DATE NOT NULL,
  currency CHAR(3) NOT NULL, amount DECIMAL(12, 2) NOT NULL, means VARCHAR(20), settles VARCHAR(500),
  updated_at TIMESTAMP NOT NULL
);
CREATE TABLE payouts (
  payout_no VARCHAR(20) PRIMARY KEY, debtor_no VARCHAR(20) NOT NULL, paid_on DATE NOT NULL, currency CHAR(3) NOT NULL,
  amount DECIMAL(12, 2) NOT NULL, returns VARCHAR(500), updated_at TIMESTAMP NOT NULL
);
INSERT INTO debtors VALUES
  ('D-1', 'Alder Group', 'FR12345678901', '1 rue des Aulnes', '75001', 'Paris', 'France', NULL,
   'Ann Lee <ann@alder.example>', '2026-01-10 09:00:00'),
  ('D-2', 'Alder Lyon', NULL, NULL, NULL, 'Lyon', 'France', 'D-1', 'bo@alder.example', '2026-01-10 09:00:00'),
  ('D-3', 'Birch Ltd', 'GB123456789', '2 Birch Lane', 'E1 6AN', 'London', 'United Kingdom', NULL, NULL,
   '2026-01-11 09:00:00');
INSERT INTO invoices VALUES
  ('26-001', 'D-1', '2026-01-15', '2026-02-14', 'EUR', 120.00, 20.00, '2026-01-15 10:00:00'),
  ('26-002', 'D-2', '2026-01-16', '2026-02-15', 'EUR', 600.00, 100.00, '2026-01-16 10:00:00'),
  ('26-003', 'D-3', '2026-01-17', '2026-02-16', 'GBP', 240.50, 40.50, '2026-01-17 10:00:00');
INSERT INTO credits VALUES
  ('CN-01', 'D-2', '2026-01-20', 'EUR', 100.00, '{"26-002": 100.00}', '2026-01-20 10:00:00');
INSERT INTO receipts VALUES
  ('RC-01', 'D-1', '2026-02-01', 'EUR', 120.00, 'wire transfer', '{"26-001": 120.00}', '2026-02-01 10:00:00'),
  ('RC-02', 'D-3', '2026-02-02', 'GBP', 300.00, 'card', '{"26-003": 240.50}', '2026-02-02 10:00:00');
INSERT INTO payouts VALUES
  ('PO-01', 'D-3', '2026-02-05', 'GBP', 59.50, '{"RC-02": 59.50}', '2026-02-05 10:00:00');
