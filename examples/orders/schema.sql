CREATE TABLE users (
    id bigint PRIMARY KEY,
    email text NOT NULL
);

CREATE TABLE products (
    key text PRIMARY KEY,
    name text NOT NULL,
    price_cents bigint NOT NULL CHECK (price_cents > 0)
);

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    idempotency_key text NOT NULL UNIQUE,
    user_id bigint NOT NULL REFERENCES users,
    items jsonb NOT NULL,
    total_cents bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO users VALUES (7, 'ada@example.com'), (8, 'grace@example.com');

INSERT INTO products VALUES
    ('notebook-a5', 'Notebook A5, dotted', 748),
    ('fountain-pen', 'Fountain pen, steel nib', 2479),
    ('ink-blue', 'Ink, royal blue, 30 ml', 590);
