// Ahead: work that waits for storage, begun before its turn comes.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace hivelint {

/// Up to `kDepth` threads, which come when they are wanted.
template<typename Result>
class Ahead {
public:
    class Task;

    /// So many tasks may be under way that nobody has taken or dropped.
    explicit Ahead(std::size_t most) : most_(most) {}
    ~Ahead() {
        {
            const std::lock_guard lock(mutex_);
            stopped_ = true;
        }
        work_.notify_all();
    }
    Ahead(const Ahead&) = delete;
    Ahead& operator=(const Ahead&) = delete;

    /// Has `work` done at some time. Null when so much is under way already that it would do no
    /// good.
    std::shared_ptr<Task> begin(std::function<Result()> work) {
        const std::lock_guard lock(mutex_);
        if (under_way_ == most_) {
            return nullptr;
        }
        ++under_way_;
        auto task = std::make_shared<Task>(std::move(work));
        queue_.push_back(task);
        add_thread();
        work_.notify_one();
        return task;
    }

    /// What the task's work returned or threw. Each task is taken or dropped, once.
    Result take(Task& task) {
        std::unique_lock lock(mutex_);
        --under_way_;
        if (const auto work = std::exchange(task.work_, nullptr)) { // no need to wait for a thread
            lock.unlock();
            return work();
        }
        done_.wait(lock, [&] { return task.done_; });
        lock.unlock();
        if (task.failure_) {
            std::rethrow_exception(task.failure_);
        }
        return *std::move(task.result_);
    }

    /// Nobody wants the result any more.
    void drop(Task& task) {
        const std::lock_guard lock(mutex_);
        --under_way_;
        task.work_ = nullptr;
    }

    class Task {
    public:
        explicit Task(std::function<Result()> work) : work_(std::move(work)) {}

    private:
        friend Ahead;
        std::function<Result()> work_; ///< null once it is begun
        std::optional<Result> result_{};
        std::exception_ptr failure_{};
        bool done_ = false;
    };

private:
    static constexpr std::size_t kDepth = 32;

    void add_thread() {
        if (threads_.size() == kDepth || threads_.size() == queue_.size() + busy_) {
            return;
        }
        try {
            threads_.emplace_back([this] { run(); });
        } catch (const std::system_error&) { // whoever wants the result does the work
        }
    }

    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            work_.wait(lock, [&] { return stopped_ || !queue_.empty(); });
            if (stopped_) {
                return;
            }
            const auto task = std::move(queue_.front());
            queue_.pop_front();
            const auto work = std::exchange(task->work_, nullptr);
            if (!work) {
                continue;
            }
            ++busy_;
            lock.unlock();
            std::optional<Result> result;
            std::exception_ptr failure;
            try {
                result = work();
            } catch (...) {
                failure = std::current_exception();
            }
            lock.lock();
            --busy_;
            task->result_ = std::move(result);
            task->failure_ = std::move(failure);
            task->done_ = true;
            done_.notify_all();
        }
    }

    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable done_;
    std::deque<std::shared_ptr<Task>> queue_;
    std::size_t under_way_ = 0; ///< tasks that nobody took yet
    std::size_t busy_ = 0;      ///< threads
    bool stopped_ = false;
    std::vector<std::jthread> threads_; ///< last: the others must outlive them
};

} // namespace hivelint
