#include "caught.hpp"

#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

namespace hivelint {

Error caught() {
    try {
        throw;
    } catch (const Error& error) {
        return error;
    } catch (const std::bad_alloc&) {
        return {ErrorCode::limit_exceeded, "there is not enough memory for it"};
    } catch (const std::length_error&) {
        return {ErrorCode::limit_exceeded, "there is not enough memory for it"};
    } catch (const std::system_error& error) {
        return {ErrorCode::io_error, error.what()};
    } catch (const std::exception& error) {
        return {ErrorCode::failed_check, std::string("unexpected: ") + error.what()};
    }
}

} // namespace hivelint
