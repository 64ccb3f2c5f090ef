<?php

declare(strict_types=1);

namespace TwoFactor\Tests;

use TwoFactor\AccessRefused;
use TwoFactor\BadAnswer;
use TwoFactor\Client;
use TwoFactor\FakeClient;
use TwoFactor\NoAnswer;
use TwoFactor\Types\EnrollmentCompleted;
use TwoFactor\Types\EnrollmentPending;
use TwoFactor\Types\LoginAttempted;
use TwoFactor\Types\LoginAttemptedCode;
use TwoFactor\Types\Method;
use TwoFactor\Types\Secret;

/** That neither a secret nor the broker's password is in anything that PHP prints, logs or dumps. */
final class SecretsTest
{
    private const CODE = '739184';
    private const TOKEN = 'kept-by-the-browser';
    private const PASSWORD = 'S3cretOfTheBroker';

    private static function login(): LoginAttempted
    {
        return new LoginAttempted(
            'north',
            'u-4711',
            's-1',
            '192.0.2.7',
            code: new LoginAttemptedCode(Method::TOTP, self::CODE),
            remember_token: self::TOKEN,
        );
    }

    /** All that PHP makes of a value; a cast to an array is what the dumpers of frameworks begin with. */
    private static function dumps(mixed $value): string
    {
        $cast = static function (mixed $value, int $depth = 0) use (&$cast): string {
            $parts = is_object($value) ? (array) $value : $value;
            return is_array($parts) && $depth < 12
                ? implode(' ', array_map(static fn ($part) => $cast($part, $depth + 1), $parts))
                : (is_scalar($parts) ? (string) $parts : get_debug_type($parts));
        };
        ob_start();
        var_dump($value);
        $dump = ob_get_clean();
        $json = json_encode($value, JSON_PARTIAL_OUTPUT_ON_ERROR);
        return $dump . print_r($value, true) . @var_export($value, true) . $json . $cast($value);
    }

    /** @param list<string> $secrets */
    private static function shows_none(array $secrets, mixed $value, string $what): void
    {
        foreach ($secrets as $secret) {
            Expect::true(!str_contains(self::dumps($value), $secret), "$what hides $secret");
        }
        Expect::raises(\Exception::class, static fn () => serialize($value));
    }

    public function an_event_shows_no_code_and_no_token(): void
    {
        $login = self::login();
        self::shows_none([self::CODE, self::TOKEN], $login, 'an event');
        Expect::same(self::CODE, $login->code?->value->reveal(), 'the code');
        Expect::same('[secret]', "{$login->code?->value}");
        Expect::same('{"a":"[secret]"}', json_encode(['a' => $login->code?->value]));
    }

    public function an_outcome_shows_no_secret(): void
    {
        $fake = (new FakeClient())->answers('enrollment.pending.v1')->answers('enrollment.completed.v1');
        $pending = Expect::a(EnrollmentPending::class, $fake->request(self::login()));
        $secret = Expect::a(Secret::class, $pending->secret)->reveal();
        $uri = Expect::a(Secret::class, $pending->otpauth_uri)->reveal();
        $picture = Expect::a(Secret::class, $pending->qr_png)->reveal();
        self::shows_none([$secret, $uri, $picture], $pending, 'a set-up');
        $completed = Expect::a(EnrollmentCompleted::class, $fake->request(self::login()));
        $codes = Expect::a(Secret::class, $completed->backup_codes)->reveal();
        Expect::same(10, count($codes), 'the backup codes');
        self::shows_none($codes, $completed, 'a completed set-up');
    }

    public function a_client_shows_no_password_connected_or_not(): void
    {
        $broker = new StubBroker([]);
        $client = new Client($broker->url('crm', self::PASSWORD));
        self::shows_none([self::PASSWORD], $client, 'a client');
        $client->request(self::login());
        self::shows_none([self::PASSWORD, self::CODE, self::TOKEN], $client, 'a connected client');
    }

    public function no_error_shows_a_secret_in_its_trace(): void
    {
        $answer = '{"specversion":"1.0","type":"login.accepted.v1","data":{"remember_token":"of-the-answer"}}';
        foreach ([
            [NoAnswer::class, ['take', 'take', 'take', 'take'], []],
            [NoAnswer::class, array_fill(0, 20, 'decline'), []],
            [NoAnswer::class, array_fill(0, 20, 'drop'), []],
            [NoAnswer::class, ['nothing', 'nothing', 'nothing', 'nothing'], []],
            [BadAnswer::class, ["raw:$answer"], []],
            [AccessRefused::class, ['forbid'], []],
            [AccessRefused::class, [], ['refuse']],
        ] as [$class, $actions, $logins]) {
            $broker = new StubBroker($actions, $logins);
            $client = new Client($broker->url('crm', self::PASSWORD), resend_after: 0.2, give_up_after: 0.5);
            $error = Expect::raises($class, static fn () => $client->request(self::login()));
            Expect::same(null, $error->getPrevious(), 'the previous one');
            $secrets = [self::PASSWORD, self::CODE, self::TOKEN, 'of-the-answer'];
            foreach ($secrets as $secret) {
                $trace = self::dumps($error->getTrace()) . $error;
                Expect::true(!str_contains($trace, $secret), "$class hides $secret");
            }
        }
    }

    public function nothing_is_printed_or_logged(): void
    {
        $log = (string) tempnam(sys_get_temp_dir(), 'log');
        $before = ini_set('error_log', $log);
        ob_start();
        $broker = new StubBroker(['drop', 'decline', 'return', 'take', 'raw:nonsense']);
        $client = new Client($broker->url('crm', self::PASSWORD), resend_after: 0.2);
        Expect::raises(BadAnswer::class, static fn () => $client->request(self::login()));
        Expect::same('', ob_get_clean(), 'what was printed');
        Expect::same('', file_get_contents($log), 'what was logged');
        ini_set('error_log', (string) $before);
        unlink($log);
    }
}
