<?php

declare(strict_types=1);

namespace TwoFactor\Tests;

/** What a test expects; an exception says what came instead. */
final class Expect
{
    public static function same(mixed $expected, mixed $actual, string $what = 'it'): void
    {
        if ($expected !== $actual) {
            $texts = array_map(static fn ($value) => var_export($value, true), [$expected, $actual]);
            throw new \AssertionError("$what is not $texts[0] but $texts[1]");
        }
    }

    public static function true(bool $holds, string $what): void
    {
        self::same(true, $holds, $what);
    }

    /**
     * @template T of object
     * @param class-string<T> $class
     * @return T
     */
    public static function a(string $class, mixed $actual): object
    {
        if (!$actual instanceof $class) {
            throw new \AssertionError('it is no ' . $class . ' but ' . print_r($actual, true));
        }
        return $actual;
    }

    /**
     * @template T of \Throwable
     * @param class-string<T> $class
     * @return T
     */
    public static function raises(string $class, \Closure $work, string $words = ''): \Throwable
    {
        try {
            $result = $work();
        } catch (\Throwable $error) {
            self::a($class, $error);
            self::true(str_contains($error->getMessage(), $words), "\"$words\" in \"{$error->getMessage()}\"");
            return $error;
        }
        throw new \AssertionError("no $class was thrown, but there is " . get_debug_type($result));
    }
}
