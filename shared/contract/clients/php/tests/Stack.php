<?php

declare(strict_types=1);

namespace TwoFactor\Tests;

/** The stack that `cargo xtask clients` brings up: the broker, the sandbox's inbox, and faults. */
final class Stack
{
    public readonly string $broker;
    private readonly string $inbox;
    private readonly string $control;

    /** @throws Skipped where there is none */
    public function __construct()
    {
        $this->broker = self::variable('CRM_AMQP_URL');
        $this->inbox = self::variable('SMS_SANDBOX_URL');
        $this->control = self::variable('CONTROL_URL');
    }

    /** Causes a fault, such as `/workers/stop`; with `?after_ms=N` so much later than it returns. */
    public function cause(string $path, mixed $body = null): void
    {
        $context = stream_context_create(['http' => [
            'method' => 'POST',
            'header' => 'Content-Type: application/json',
            'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR),
            'timeout' => 60,
            'ignore_errors' => true,
        ]]);
        $said = file_get_contents($this->control . $path, false, $context);
        /** @var list<string> $http_response_header */
        Expect::true(str_contains($http_response_header[0], ' 204 '), "$path is done: $said");
    }

    /** The code in the newest text to a number, which it begins with. */
    public function code(string $number): string
    {
        $url = $this->inbox . '/messages?to=' . rawurlencode($number);
        $texts = json_decode((string) file_get_contents($url), true, 8, JSON_THROW_ON_ERROR);
        $text = end($texts)['body'] ?? throw new \AssertionError('no text has come');
        return strtok($text, ' ') ?: '';
    }

    private static function variable(string $name): string
    {
        return getenv($name) ?: throw new Skipped("$name is not set: run `cargo xtask clients php`");
    }
}
