<?php

declare(strict_types=1);

namespace TwoFactor\Types;

/**
 * A value that is shown to its person and printed nowhere: a code, a token, a key, a number.
 *
 * @template T
 */
final class Secret implements \JsonSerializable
{
    /**
     * The values, outside the objects: var_export and a cast to array show every property.
     *
     * @var \WeakMap<self<mixed>, mixed>|null
     */
    private static ?\WeakMap $values = null;

    /** A key of this process alone. */
    private static ?string $key = null;

    /** What makes secrets equal by == where their values are, and tells nobody the value. */
    private readonly string $mark;

    /** @param T $value */
    public function __construct(#[\SensitiveParameter] mixed $value)
    {
        self::$values ??= new \WeakMap();
        self::$values[$this] = $value;
        self::$key ??= random_bytes(32);
        $this->mark = hash_hmac('sha256', serialize($value), self::$key);
    }

    /**
     * The secret of a value, which may be one already.
     *
     * @param T|self<T> $value
     * @return self<T>
     */
    public static function of(#[\SensitiveParameter] mixed $value): self
    {
        return $value instanceof self ? $value : new self($value);
    }

    /**
     * The value. Show it to its person; do not log it, and do not keep it.
     *
     * @return T
     */
    public function reveal(): mixed
    {
        return self::$values[$this];
    }

    public function __toString(): string
    {
        return '[secret]';
    }

    public function jsonSerialize(): string
    {
        return '[secret]';
    }

    /** @return array<int, string> */
    public function __debugInfo(): array
    {
        return ['[secret]'];
    }

    public function __serialize(): array
    {
        throw new \LogicException('a secret is not serialised; reveal() gives its value');
    }

    private function __clone()
    {
    }
}
