<?php

declare(strict_types=1);

namespace TwoFactor\Tests;

use TwoFactor\Client;
use TwoFactor\Types\EnrollmentCompleted;
use TwoFactor\Types\EnrollmentPending;
use TwoFactor\Types\EnrollmentPolicy;
use TwoFactor\Types\EnrollmentPolicySet;
use TwoFactor\Types\EnrollmentTotpConfirmed;
use TwoFactor\Types\EnrollmentTotpStarted;
use TwoFactor\Types\LoginAttempted;
use TwoFactor\Types\LoginAttemptedCode;
use TwoFactor\Types\Method;
use TwoFactor\Types\Secret;

/** Somebody at an institution of their own, with an authenticator app: RFC 6238. */
final class Person
{
    public readonly string $tenant;
    public readonly string $user;
    public readonly string $number;
    public string $session;
    private string $key = '';

    public function __construct()
    {
        $this->tenant = 'php-' . bin2hex(random_bytes(8));
        $this->user = 'user-' . bin2hex(random_bytes(8));
        $this->number = '+447400' . random_int(100_000, 999_999);
        $this->session = 's-' . bin2hex(random_bytes(8));
    }

    /** Somebody whose institution requires a second factor. */
    public static function of(Client $client): self
    {
        $person = new self();
        $policy = $client->request(new EnrollmentPolicySet($person->tenant, 'admin-1', true, 0));
        Expect::true(Expect::a(EnrollmentPolicy::class, $policy)->required, 'the policy requires it');
        return $person;
    }

    /** Begins another login. */
    public function anew(): self
    {
        $this->session = 's-' . bin2hex(random_bytes(8));
        return $this;
    }

    /** Sets the app up. */
    public function setUp(Client $client): EnrollmentCompleted
    {
        $started = new EnrollmentTotpStarted($this->tenant, $this->user, $this->session, 'anna@example.org');
        $pending = Expect::a(EnrollmentPending::class, $client->request($started));
        $this->key = Expect::a(Secret::class, $pending->secret)->reveal();
        $confirmed = new EnrollmentTotpConfirmed($this->tenant, $this->user, $this->session, $this->shown());
        return Expect::a(EnrollmentCompleted::class, $client->request($confirmed));
    }

    public function login(
        ?string $code = null,
        ?bool $remember_me = null,
        ?string $token = null,
        string $ip = '203.0.113.7',
    ): LoginAttempted {
        $code = $code === null ? null : new LoginAttemptedCode(Method::TOTP, $code);
        return new LoginAttempted(
            $this->tenant,
            $this->user,
            $this->session,
            $ip,
            code: $code,
            remember_me: $remember_me,
            remember_token: $token,
        );
    }

    /** What the app shows, or will show so many steps of 30 s from now: each is good once. */
    public function shown(int $steps = 0): string
    {
        return self::code($this->key, $steps);
    }

    /** RFC 6238, as an authenticator app does it; a CRM never does, and never keeps the key. */
    public static function code(string $key, int $steps = 0): string
    {
        $bits = '';
        foreach (str_split($key) as $letter) {
            $bits .= sprintf('%05b', strpos('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', $letter));
        }
        $bytes = array_map(static fn (string $byte): string => chr((int) bindec($byte)), str_split($bits, 8));
        $step = pack('J', intdiv(time(), 30) + $steps);
        $digest = hash_hmac('sha1', $step, implode('', $bytes), true);
        $number = unpack('N', $digest, ord($digest[19]) & 15)[1] & 0x7fffffff;
        return sprintf('%06d', $number % 1_000_000);
    }
}
