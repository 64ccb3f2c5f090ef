<?php

declare(strict_types=1);

namespace TwoFactor\Tests;

use TwoFactor\AccessRefused;
use TwoFactor\Client;
use TwoFactor\FakeClient;
use TwoFactor\NoAnswer;
use TwoFactor\Types\Event;
use TwoFactor\Types\Events;
use TwoFactor\Types\LoginAccepted;
use TwoFactor\Types\LoginAttempted;
use TwoFactor\Types\LoginAttemptedCode;
use TwoFactor\Types\LoginRejected;
use TwoFactor\Types\Outcome;
use TwoFactor\Types\Outcomes;
use TwoFactor\Types\UnknownOutcome;

/** The fake, and the types that it answers with. */
final class FakeClientTest
{
    private static function login(): LoginAttempted
    {
        return new LoginAttempted('north', 'u-4711', 's-1', '192.0.2.7');
    }

    /** @return array<string, array<string, mixed>> */
    private static function examples(): array
    {
        $file = dirname(__DIR__) . '/src/Types/examples.json';
        return json_decode((string) file_get_contents($file), true, 64, JSON_THROW_ON_ERROR);
    }

    public function it_stands_in_for_the_client(): void
    {
        $ask = static fn (Client $client): Outcome => $client->request(self::login());
        Expect::a(LoginAccepted::class, $ask((new FakeClient())->answers('login.accepted.v1')));
    }

    public function it_answers_in_the_order_that_was_set(): void
    {
        $fake = new FakeClient();
        $fake->answers('login.rejected.v1', reason: 'wrong_code');
        $fake->answers('login.accepted.v1', data: ['via' => 'backup']);
        $rejected = Expect::a(LoginRejected::class, $fake->request(self::login()));
        Expect::same('wrong_code', $rejected->reason);
        Expect::same('try_another_code', $rejected->next);
        Expect::same('backup', Expect::a(LoginAccepted::class, $fake->request(self::login()))->via);
    }

    public function it_keeps_what_was_asked(): void
    {
        $fake = (new FakeClient())->answers('login.challenged.v1');
        $login = self::login();
        $fake->request($login);
        Expect::same([$login], $fake->requests);
    }

    public function it_answers_about_whom_it_was_asked(): void
    {
        $fake = (new FakeClient())->answers('login.accepted.v1')->answers('enrollment.policy.v1');
        $login = new LoginAttempted('south', 'u-1', 's-9', '192.0.2.7');
        $accepted = Expect::a(LoginAccepted::class, $fake->request($login, id: 'form-1'));
        Expect::same(['south', 'u-1', 's-9'], [$accepted->tenant_id, $accepted->user_id, $accepted->session_id]);
        Expect::same('form-1', $accepted->envelope->causationid, 'the event that it answers');
        Expect::same('south', $fake->request($login)->tenant_id, 'the tenant of an answer without a user');
    }

    public function it_can_have_no_answer(): void
    {
        $fake = (new FakeClient())->noAnswer()->fails(new AccessRefused('no'))->answers('login.accepted.v1');
        Expect::raises(NoAnswer::class, fn () => $fake->request(self::login()), 'let nobody in');
        Expect::raises(AccessRefused::class, fn () => $fake->request(self::login()), 'no');
        Expect::a(LoginAccepted::class, $fake->request(self::login()));
    }

    public function an_answer_that_nobody_set_is_an_error_and_no_acceptance(): void
    {
        $fake = new FakeClient();
        Expect::raises(\LogicException::class, fn () => $fake->request(self::login()), 'login.attempted.v1');
        Expect::raises(\InvalidArgumentException::class, fn () => $fake->answers('login.postponed.v1'));
        Expect::raises(\InvalidArgumentException::class, fn () => $fake->answers('login.attempted.v1'));
        Expect::raises(\InvalidArgumentException::class, fn () => $fake->answers('login.rejected.v1', 'tired'));
    }

    public function it_answers_with_every_published_outcome(): void
    {
        $seen = [];
        foreach (array_keys(self::examples()) as $name) {
            [$type, $reason] = [...explode('#', $name), null];
            if (isset(Outcomes::TYPES[$type])) {
                $outcome = (new FakeClient())->answers($type, $reason)->request(self::login());
                Expect::a(Outcomes::TYPES[$type], $outcome);
                Expect::same($reason, $reason === null ? null : $outcome->reason ?? $reason, $name);
                $seen[$type] = true;
            }
        }
        Expect::same([], array_diff_key(Outcomes::TYPES, $seen), 'the types without an example');
    }

    public function every_published_event_is_written_as_it_was_read(): void
    {
        $examples = self::examples();
        foreach (Events::TYPES as $type => $class) {
            $data = $examples[$type]['data'];
            $written = (new $class(...self::arguments($class, $data)))->toData();
            ksort($written);
            ksort($data);
            Expect::same(self::comparable($data), self::comparable($written), $type);
        }
    }

    /**
     * The members of an example as the class takes them: objects and times are no JSON there.
     *
     * @param class-string<Event> $class
     * @param array<string, mixed> $data
     * @return array<string, mixed>
     */
    private static function arguments(string $class, array $data): array
    {
        foreach ($data as $name => $value) {
            $type = (new \ReflectionParameter([$class, '__construct'], $name))->getType();
            $data[$name] = match ($type instanceof \ReflectionNamedType ? $type->getName() : '') {
                \DateTimeImmutable::class => new \DateTimeImmutable($value),
                LoginAttemptedCode::class => new LoginAttemptedCode(...$value),
                default => $value,
            };
        }
        return $data;
    }

    /** The same time can be written in several ways. */
    private static function comparable(mixed $value): mixed
    {
        if (is_array($value)) {
            return array_map(self::comparable(...), $value);
        }
        return is_string($value) && preg_match('/^\d{4}-\d\d-\d\dT/', $value) === 1
            ? (float) (new \DateTimeImmutable($value))->format('U.u')
            : $value;
    }

    public function members_and_values_that_are_unknown_are_no_trouble(): void
    {
        $message = self::examples()['login.rejected.v1'];
        $message['data'] = ['reason' => 'full_moon', 'next' => 'howl', 'moon' => 1] + $message['data'];
        $message['colour'] = 'green';
        $rejected = Expect::a(LoginRejected::class, Outcomes::fromMessage($message));
        Expect::same('full_moon', $rejected->reason);
        Expect::same('try_again', $rejected->next);
        $unknown = Outcomes::fromMessage(['type' => 'login.accepted.v2'] + $message);
        Expect::a(UnknownOutcome::class, $unknown);
        Expect::true(!$unknown instanceof LoginAccepted, 'no acceptance');
    }

    public function a_message_that_lacks_a_required_member_is_no_outcome(): void
    {
        foreach (self::examples() as $name => $message) {
            if (isset(Outcomes::TYPES[$message['type']])) {
                foreach (['specversion', 'id', 'source', 'type', 'time', 'data'] as $attribute) {
                    $less = array_diff_key($message, [$attribute => 0]);
                    Expect::raises(\UnexpectedValueException::class, fn () => Outcomes::fromMessage($less), $attribute);
                }
            }
        }
    }
}
