<?php

declare(strict_types=1);

namespace TwoFactor\Types;

/**
 * Reads members of decoded JSON, and writes them. What is thrown names the member that is wrong, and
 * never its value.
 *
 * @internal
 */
final class Members
{
    /** A member that must be there, as `$read` reads it. */
    public static function required(
        #[\SensitiveParameter] array $data,
        string $name,
        \Closure $read,
    ): mixed {
        if (!isset($data[$name])) {
            throw new \UnexpectedValueException("$name: is missing");
        }
        try {
            return $read($data[$name]);
        } catch (\UnexpectedValueException $problem) {
            throw new \UnexpectedValueException("$name: {$problem->getMessage()}");
        }
    }

    /** A member that may be absent. */
    public static function optional(
        #[\SensitiveParameter] array $data,
        string $name,
        \Closure $read,
    ): mixed {
        return isset($data[$name]) ? self::required($data, $name, $read) : null;
    }

    public static function text(#[\SensitiveParameter] mixed $value): string
    {
        return is_string($value)
            ? $value
            : throw new \UnexpectedValueException('must be a string');
    }

    public static function integer(#[\SensitiveParameter] mixed $value): int
    {
        return is_int($value)
            ? $value
            : throw new \UnexpectedValueException('must be an integer');
    }

    public static function flag(#[\SensitiveParameter] mixed $value): bool
    {
        return is_bool($value)
            ? $value
            : throw new \UnexpectedValueException('must be true or false');
    }

    public static function time(#[\SensitiveParameter] mixed $value): \DateTimeImmutable
    {
        $shape = '/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/D';
        try {
            if (preg_match($shape, self::text($value))) {
                return new \DateTimeImmutable($value);
            }
        } catch (\Exception) {
            // The words of it may hold the value.
        }
        throw new \UnexpectedValueException('must be a time with an offset');
    }

    /** @return array<string, mixed> */
    public static function object(#[\SensitiveParameter] mixed $value): array
    {
        return is_array($value) && ($value === [] || !array_is_list($value))
            ? $value
            : throw new \UnexpectedValueException('must be an object');
    }

    /** Reads an object by `$read`. */
    public static function inner(\Closure $read): \Closure
    {
        return static fn (#[\SensitiveParameter] mixed $value) => $read(self::object($value));
    }

    /** Reads each value of an array by `$read`. */
    public static function each(\Closure $read): \Closure
    {
        return static fn (#[\SensitiveParameter] mixed $value) =>
            is_array($value) && array_is_list($value)
                ? array_map($read, $value)
                : throw new \UnexpectedValueException('must be an array');
    }

    /** Reads a secret by `$read`. */
    public static function secret(\Closure $read): \Closure
    {
        return static fn (#[\SensitiveParameter] mixed $value) => new Secret($read($value));
    }

    /**
     * Members as they are written: without those that are null, secrets revealed.
     *
     * @return array<string, mixed>
     */
    public static function written(#[\SensitiveParameter] array $members): array
    {
        return array_map(
            self::plain(...),
            array_filter($members, static fn ($member) => $member !== null),
        );
    }

    private static function plain(#[\SensitiveParameter] mixed $value): mixed
    {
        return match (true) {
            $value instanceof Secret => self::plain($value->reveal()),
            $value instanceof \DateTimeInterface => $value->format('Y-m-d\TH:i:s.uP'),
            is_array($value) => array_map(self::plain(...), $value),
            is_object($value) => $value->toData(),
            default => $value,
        };
    }
}
